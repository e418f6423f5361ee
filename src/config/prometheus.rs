//! What is typed about metrics.

use std::str::FromStr;

/// Where metrics are to be served, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Prometheus {
    /// The port. 0: any free one.
    pub port: u16,
    /// The value of the label `source`.
    pub source: String,
    /// Upper bounds of the buckets for response delays, ascending; beyond the last everything falls into one more.
    pub delay_bounds_s: Bounds,
    /// The same for sizes of messages.
    pub size_bounds_bytes: Bounds,
}

/// What can be typed as the port of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsPort {
    /// `-1`: no metrics.
    Off,
    /// A port. 0: any free one.
    Open(u16),
}

impl MetricsPort {
    /// What is used when nothing is typed.
    pub const DEFAULT: MetricsPort = MetricsPort::Open(8080);
}

impl FromStr for MetricsPort {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if typed == "-1" {
            return Ok(MetricsPort::Off);
        }
        let port = typed.parse().map_err(|_| "a port, or -1 for no metrics".to_owned())?;
        Ok(MetricsPort::Open(port))
    }
}

/// The upper bounds of a histogram's buckets, each greater than the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds(Vec<f64>);

impl Bounds {
    /// Reads a list as h2agent does, up to the first thing that is no number. `None` if it does not ascend.
    pub fn read(typed: &str) -> Option<Bounds> {
        Bounds::ascending(leading_numbers(typed).0)
    }

    fn ascending(bounds: Vec<f64>) -> Option<Bounds> {
        bounds.is_sorted_by(|a, b| a < b).then_some(Bounds(bounds))
    }

    /// The bounds.
    pub fn values(&self) -> &[f64] {
        &self.0
    }
}

impl FromStr for Bounds {
    type Err = String;

    /// Nothing but numbers, ascending.
    fn from_str(typed: &str) -> Result<Self, String> {
        match leading_numbers(typed) {
            (bounds, "") => Bounds::ascending(bounds)
                .ok_or_else(|| "each must be greater than the one before".into()),
            (_, rest) => Err(format!("a list of numbers; {rest:?} is none")),
        }
    }
}

/// The numbers that a list begins with, separated by blanks or commas, and what comes after them.
fn leading_numbers(typed: &str) -> (Vec<f64>, &str) {
    let mut numbers = Vec::new();
    let mut rest = typed.trim_start_matches(is_separator);
    while let Some((number, after)) = leading_number(rest) {
        numbers.push(number);
        rest = after.trim_start_matches(is_separator);
        if rest.len() == after.len() {
            break;
        }
    }
    (numbers, rest)
}

fn is_separator(c: char) -> bool {
    c == ',' || c.is_ascii_whitespace()
}

/// The longest number that the text begins with, as a stream of C++ reads it: decimal, with or without an exponent.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let (number, rest) = text.split_at_checked(end)?;
    number.parse().ok().filter(|value: &f64| value.is_finite()).map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_separated_by_blanks_or_commas() {
        for (typed, expected, rest) in [
            ("", &[][..], ""),
            ("1", &[1.0], ""),
            ("0.1 0.2\t3e-1", &[0.1, 0.2, 0.3], ""),
            ("0.1,0.2", &[0.1, 0.2], ""),
            (" 1 , 2,\n3 ", &[1.0, 2.0, 3.0], ""),
            ("-1 .5 +2 7.", &[-1.0, 0.5, 2.0, 7.0], ""),
            // Up to the first thing that is no number.
            ("text", &[], "text"),
            ("1 x 2", &[1.0], "x 2"),
            ("1 2x 3", &[1.0, 2.0], "x 3"),
            ("1 . 2", &[1.0], ". 2"),
            ("1 inf nan", &[1.0], "inf nan"),
            ("1 1e999", &[1.0], "1e999"),
            ("2e", &[2.0], "e"),
            ("1 é", &[1.0], "é"),
        ] {
            assert_eq!(leading_numbers(typed), (expected.to_vec(), rest), "{typed:?}");
            let bounds = Bounds(expected.to_vec());
            assert_eq!(Bounds::read(typed), Some(bounds.clone()), "{typed:?}");
            // On our own command line what is not understood is refused.
            let strict: Result<Bounds, String> = typed.parse();
            assert_eq!(strict.ok(), rest.is_empty().then_some(bounds), "{typed:?}");
        }
    }

    #[test]
    fn bounds_ascend_strictly() {
        for (typed, expected) in
            [("", true), ("1", true), ("-1 0.5 2", true), ("1 1", false), ("2 1", false)]
        {
            assert_eq!(Bounds::read(typed).is_some(), expected, "{typed}");
            assert_eq!(typed.parse::<Bounds>().is_ok(), expected, "{typed}");
        }
    }

    #[test]
    fn port_of_metrics() {
        for (typed, expected) in [
            ("-1", Some(MetricsPort::Off)),
            ("0", Some(MetricsPort::Open(0))),
            ("8080", Some(MetricsPort::Open(8080))),
            ("x", None),
            ("-2", None),
            ("70000", None),
        ] {
            assert_eq!(typed.parse().ok(), expected, "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_up_to_some_point(typed in "[-+0-9.eE, a\u{e9}]{0,20}") {
            let (numbers, rest) = leading_numbers(&typed);
            assert!(typed.ends_with(rest));
            assert!(numbers.iter().all(|number| number.is_finite()));
        }

        #[test]
        fn lists_of_numbers_are_read_whole(numbers: Vec<f32>, separator in "[ ,\t\n]{1,3}") {
            let numbers: Vec<f64> =
                numbers.into_iter().filter(|n| n.is_finite()).map(f64::from).collect();
            let texts: Vec<String> = numbers.iter().map(|n| format!("{n:e}")).collect();
            assert_eq!(leading_numbers(&texts.join(&separator)), (numbers, ""));
        }
    }
}
