//! The `date` field of answers.

use std::cell::{Cell, Ref, RefCell};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use understudy_wire::PreparedFields;

/// The `date` field (RFC 9110 section 6.6.1), rendered once a second. The monotonic clock, which is read for every batch
/// anyway, says when that is over.
#[derive(Default)]
pub(super) struct Date {
    until: Cell<Option<Instant>>,
    field: RefCell<PreparedFields>,
}

impl Date {
    pub(super) fn at(&self, now: Instant) -> Ref<'_, PreparedFields> {
        if self.until.get().is_none_or(|until| now >= until) {
            let wall = SystemTime::now();
            let nanos = wall.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
            self.until.set(Some(now + Duration::from_nanos(1_000_000_000 - u64::from(nanos))));
            let text = httpdate::fmt_http_date(wall);
            let field = (b"date".as_slice(), text.as_bytes());
            // A date is always a valid field; should it not be, answers go without.
            *self.field.borrow_mut() = PreparedFields::new([field]).unwrap_or_default();
        }
        self.field.borrow()
    }
}
