//! The text format of Prometheus, version 0.0.4: families of samples, each with its help and its type.

use super::histogram::Histogram;
use std::fmt::{self, Display, Formatter, Write};

/// What the values of a family mean.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        }
    }
}

/// Names and values of labels.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// The page, as far as it is written.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Begins a family. The name must fit the format.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) -> Family<'_> {
        // A string takes everything.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.text());
        Family { page: &mut self.0, name: name.to_owned() }
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help).sample(&[], value);
    }

    /// The finished page.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A family, to which samples are added.
pub(super) struct Family<'a> {
    page: &'a mut String,
    name: String,
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line("", labels, value);
    }

    /// Adds count and sum of something.
    pub(super) fn totals(&mut self, labels: Labels<'_>, count: u64, sum: impl Display) {
        self.line("_count", labels, count);
        self.line("_sum", labels, sum);
    }

    /// Adds a histogram: count, sum, and the buckets, of which the last has no boundary.
    pub(super) fn histogram(
        &mut self,
        labels: Labels<'_>,
        histogram: &Histogram,
        sum: impl Display,
    ) {
        self.totals(labels, histogram.count(), sum);
        for (boundary, count) in histogram.buckets() {
            self.line("_bucket", &[labels, &[("le", &boundary.to_string())]].concat(), count);
        }
        self.line("_bucket", &[labels, &[("le", "+Inf")]].concat(), histogram.count());
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, value: impl Display) {
        self.page.push_str(&self.name);
        self.page.push_str(suffix);
        for (n, (name, value)) in labels.iter().enumerate() {
            let before = if n == 0 { '{' } else { ',' };
            let _ = write!(self.page, "{before}{name}=\"{}\"", Escaped(value));
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.page, "{after} {value}");
    }
}

/// The value of a label, which may be any text.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Nanoseconds, written in seconds without any rounding.
pub(super) struct Seconds(pub(super) u128);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        f.write_str(format!("{whole}.{rest:09}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Boundaries;

    #[test]
    fn samples_with_and_without_labels() {
        let mut page = Page::default();
        page.single("a_total", Kind::Counter, "How many.", 7);
        page.family("b", Kind::Gauge, "What.").sample(&[("c", "\\\"\n"), ("d", "")], 0.5);
        assert_eq!(
            page.into_text(),
            "# HELP a_total How many.\n# TYPE a_total counter\na_total 7\n\
             # HELP b What.\n# TYPE b gauge\nb{c=\"\\\\\\\"\\n\",d=\"\"} 0.5\n"
        );
    }

    #[test]
    fn histograms_end_with_infinity() {
        let boundaries = Boundaries::new(&"".parse().unwrap(), &"0.5 100 2e3".parse().unwrap());
        let mut histogram = Histogram::new(&boundaries.size);
        for value in [0, 100, 3000] {
            histogram.add(value, 1);
        }
        let mut page = Page::default();
        let mut family = page.family("h", Kind::Histogram, "H.");
        family.histogram(&[("direction", "rx")], &histogram, histogram.sum());
        family.histogram(&[], &Histogram::default(), Seconds(0));
        assert_eq!(
            page.into_text(),
            "# HELP h H.\n# TYPE h histogram\n\
             h_count{direction=\"rx\"} 3\n\
             h_sum{direction=\"rx\"} 3100\n\
             h_bucket{direction=\"rx\",le=\"0.5\"} 1\n\
             h_bucket{direction=\"rx\",le=\"100\"} 2\n\
             h_bucket{direction=\"rx\",le=\"2000\"} 2\n\
             h_bucket{direction=\"rx\",le=\"+Inf\"} 3\n\
             h_count 0\nh_sum 0\nh_bucket{le=\"+Inf\"} 0\n"
        );
    }

    #[test]
    fn seconds_are_exact() {
        for (nanos, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (1_500_000_000, "1.5"),
            (20_000_000_000, "20"),
            (u128::from(u64::MAX) * 1000, "18446744073709.551615"),
        ] {
            assert_eq!(Seconds(nanos).to_string(), text);
        }
    }
}
