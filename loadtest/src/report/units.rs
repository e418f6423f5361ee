//! Numbers with their units, short enough to be read at a glance.

use std::time::Duration;

/// Three significant digits: `1.23`, `12.3`, `123`, `1234`.
pub(crate) fn significant(value: f64) -> String {
    // The bounds are those from which rounding would add a digit.
    if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// `12.3us`, `1.23ms`, `12.3s`: three significant digits in the largest unit that does not begin with a zero.
pub(crate) fn duration(duration: Duration) -> String {
    let us = duration.as_secs_f64() * 1e6;
    if us < 999.5 {
        format!("{}us", significant(us))
    } else if us < 999_500.0 {
        format!("{}ms", significant(us / 1e3))
    } else {
        format!("{}s", significant(us / 1e6))
    }
}

/// `950`, `12.3k`, `4.06M`.
pub(crate) fn count(count: f64) -> String {
    if count < 999.5 {
        format!("{count:.0}")
    } else if count < 999_500.0 {
        format!("{}k", significant(count / 1e3))
    } else if count < 999_500_000.0 {
        format!("{}M", significant(count / 1e6))
    } else {
        format!("{}G", significant(count / 1e9))
    }
}

/// A part of the whole, from 0 to 1, in whole per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A part of the whole, from 0 to 1, in per cent with up to six digits after the point.
pub(crate) fn percent_exact(share: f64) -> String {
    let percent = format!("{:.6}", share * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (ns, text) in [
            (0, "0.00us"),
            (120, "0.12us"),
            (9_994, "9.99us"),
            (9_996, "10.0us"),
            (99_960, "100us"),
            (123_456, "123us"),
            (999_499, "999us"),
            (999_600, "1.00ms"),
            (12_345_678, "12.3ms"),
            (999_600_000, "1.00s"),
            (61_500_000_000, "61.5s"),
            (3_600_000_000_000, "3600s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(ns)), text, "{ns}");
        }
    }

    #[test]
    fn counts_and_shares() {
        for (number, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (999.6, "1.00k"),
            (12_345.0, "12.3k"),
            (999_600.0, "1.00M"),
            (4_061_725.0, "4.06M"),
            (1.5e9, "1.50G"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(percent(0.874), "87 %");
        for (share, text) in
            [(0.0, "0 %"), (1.0, "100 %"), (0.005, "0.5 %"), (0.000_012_5, "0.00125 %")]
        {
            assert_eq!(percent_exact(share), text);
        }
    }
}
