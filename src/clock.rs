//! The time of day where the machine stands, for lines that people read.

use jiff::Zoned;
use jiff::tz::TimeZone;

/// Now, in the time zone of the machine; in UTC when that is not known.
pub fn local_now() -> Zoned {
    let now = Zoned::now();
    if now.time_zone().is_unknown() { now.with_time_zone(TimeZone::UTC) } else { now }
}
