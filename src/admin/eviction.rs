//! Telling the operator that recorded events are dropped for want of room.

use super::limits::EVICTION_LOG_INTERVAL;
use std::time::Instant;
use understudy_model::events::Stats;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct EvictionWatch {
    evicted: u64,
    is_exceeded: bool,
    told_at: Option<Instant>,
}

impl EvictionWatch {
    /// A line for the log, when there is something new and the last line was long enough ago.
    pub(super) fn look(&mut self, stats: &Stats, now: Instant) -> Option<String> {
        let is_news =
            stats.evicted_events > self.evicted || (stats.is_exceeded && !self.is_exceeded);
        let is_soon =
            self.told_at.is_some_and(|told| now.duration_since(told) < EVICTION_LOG_INTERVAL);
        if !is_news || is_soon {
            return None;
        }
        *self = EvictionWatch {
            evicted: stats.evicted_events,
            is_exceeded: stats.is_exceeded,
            told_at: Some(now),
        };
        let Stats { evicted_events, keys, bytes_max, .. } = stats;
        Some(match stats.is_exceeded {
            false => format!(
                "server data: the oldest {evicted_events} events were dropped to stay within \
                 {bytes_max} bytes (--server-data-max-bytes)"
            ),
            true => format!(
                "server data: more than {bytes_max} bytes (--server-data-max-bytes) although only \
                 the latest event of each of {keys} keys is left; purge or delete keys"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_news_is_told_once_and_not_too_often() {
        let mut watch = EvictionWatch::default();
        let start = Instant::now();
        let stats = |evicted_events, is_exceeded| Stats {
            evicted_events,
            is_exceeded,
            bytes_max: 1000,
            keys: 7,
            ..Stats::default()
        };
        assert_eq!(watch.look(&stats(0, false), start), None);
        let line = watch.look(&stats(5, false), start).unwrap();
        assert!(line.contains("oldest 5 events") && line.contains("1000 bytes"), "{line}");
        assert_eq!(watch.look(&stats(9, false), start), None, "too soon");
        let later = start + EVICTION_LOG_INTERVAL;
        assert_eq!(watch.look(&stats(5, false), later), None, "no news");
        assert!(watch.look(&stats(9, true), later).unwrap().contains("7 keys"));
        assert_eq!(watch.look(&stats(9, true), later + EVICTION_LOG_INTERVAL), None);
    }
}
