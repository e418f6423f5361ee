//! Changing the level while the server runs.

use super::LogLevel;
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Registry, reload};

type Threshold = reload::Handle<Targets, Registry>;

/// The level in force. Copies share it.
#[derive(Clone, Debug)]
pub struct LogControl {
    level: Arc<Mutex<LogLevel>>,
    threshold: Option<Threshold>,
}

impl LogControl {
    pub(super) fn new(level: LogLevel, threshold: Option<Threshold>) -> LogControl {
        LogControl { level: Arc::new(Mutex::new(level)), threshold }
    }

    /// A level that no log listens to, for tests and for servers inside another program.
    pub fn detached(level: LogLevel) -> LogControl {
        LogControl::new(level, None)
    }

    /// The level in force.
    pub fn level(&self) -> LogLevel {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the level; the one before. The change is logged as a warning while the more talkative of the two levels
    /// is in force, so that it is not lost on the way to or from `Error`.
    pub fn set(&self, level: LogLevel) -> LogLevel {
        let mut current = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *current;
        if level == before {
            tracing::warn!("Log level unchanged (already {level})");
            return before;
        }
        if level < before {
            tracing::warn!("Log level changed: {before} -> {level}");
        }
        *current = level;
        if let Some(threshold) = &self.threshold {
            // Fails only when logging has ended, and then there is nothing left to change.
            let _ = threshold.reload(level.filter());
        }
        if level > before {
            tracing::warn!("Log level changed: {before} -> {level}");
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Lines;

        fn make_writer(&'a self) -> Lines {
            self.clone()
        }
    }

    #[test]
    fn set_says_what_was_before_and_copies_share_the_level() {
        let control = LogControl::detached(LogLevel::Warning);
        let copy = control.clone();
        assert_eq!(control.set(LogLevel::Debug), LogLevel::Warning);
        assert_eq!(copy.level(), LogLevel::Debug);
        assert_eq!(copy.set(LogLevel::Debug), LogLevel::Debug);
    }

    #[test]
    fn lines_follow_the_level_and_each_change_is_logged() {
        let (threshold, handle) = reload::Layer::new(LogLevel::Warning.filter());
        let control = LogControl::new(LogLevel::Warning, Some(handle));
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(lines.clone())
            .with_ansi(false)
            .with_target(false)
            .without_time();
        let subscriber = Registry::default().with(threshold).with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let say = |level| {
                control.set(level);
                let change = lines.take();
                tracing::debug!("d");
                tracing::info!("i");
                tracing::warn!("w");
                tracing::error!("e");
                let shown: String = lines.take().lines().filter_map(|l| l.chars().last()).collect();
                (change.trim().to_owned(), shown)
            };
            let expected = |change: &str, shown: &str| (change.to_owned(), shown.to_owned());
            assert_eq!(
                say(LogLevel::Warning),
                expected("WARN Log level unchanged (already Warning)", "we")
            );
            assert_eq!(
                say(LogLevel::Error),
                expected("WARN Log level changed: Warning -> Error", "e")
            );
            assert_eq!(
                say(LogLevel::Debug),
                expected("WARN Log level changed: Error -> Debug", "diwe")
            );
            assert_eq!(
                say(LogLevel::Informational),
                expected("WARN Log level changed: Debug -> Informational", "iwe")
            );
            assert_eq!(
                say(LogLevel::Notice),
                expected("WARN Log level changed: Informational -> Notice", "we")
            );
        });
    }
}
