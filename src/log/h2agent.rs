//! Lines as h2agent writes its traces: `[Level]|file:line(function)|text`, to syslog and, if asked for, the console.

use super::LogLevel;
use super::syslog::Syslog;
use std::fmt::Write as _;
use std::io::Write as _;
use tracing::{Event, Metadata, Subscriber};
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::layer::Context;

/// Both streams of the console.
pub(super) struct Console {
    pub(super) stdout: NonBlocking,
    pub(super) stderr: NonBlocking,
}

/// Where traces go.
pub(super) struct Traces {
    syslog: Syslog,
    console: Option<Console>,
}

impl Traces {
    pub(super) fn new(console: Option<Console>) -> Traces {
        Traces { syslog: Syslog::new(), console }
    }
}

impl<S: Subscriber> Layer<S> for Traces {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = LogLevel::of(*event.metadata().level());
        let mut line = trace(level, event.metadata(), event);
        self.syslog.send(level, &line);
        let Some(console) = &self.console else { return };
        let stream = if level == LogLevel::Error { &console.stderr } else { &console.stdout };
        line.push('\n');
        // The queue takes it or drops it; there is nobody to tell.
        let _ = stream.clone().write_all(line.as_bytes());
    }
}

/// One line without a line break: texts of peers stand in it, and none of them may begin a line of its own.
fn trace(level: LogLevel, place: &Metadata<'_>, fields: impl RecordFields) -> String {
    let mut text = String::new();
    let _ = DefaultFields::new().format_fields(Writer::new(&mut text), fields);
    let (file, line) = (place.file().unwrap_or("?"), place.line().unwrap_or(0));
    // The compiler does not tell the function; the module is what comes next to it.
    let module = place.module_path().unwrap_or("?");
    let module = module.split_once("::").map_or(module, |(_, module)| module);
    let mut whole = format!("[{level}]|{file}:{line}({module})|");
    for part in text.split_inclusive(char::is_control) {
        match part.char_indices().next_back() {
            Some((at, last)) if last.is_control() => {
                let _ = write!(whole, "{}{}", &part[..at], last.escape_default());
            }
            _ => whole.push_str(part),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Collect(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Collect {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let level = LogLevel::of(*event.metadata().level());
            self.0.lock().unwrap().push(trace(level, event.metadata(), event));
        }
    }

    #[test]
    fn errors_go_to_standard_error_and_the_rest_to_standard_output() {
        #[derive(Clone, Default)]
        struct Stream(Arc<Mutex<Vec<u8>>>);
        impl std::io::Write for Stream {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (out, err) = (Stream::default(), Stream::default());
        let (stdout, out_guard) = tracing_appender::non_blocking(out.clone());
        let (stderr, err_guard) = tracing_appender::non_blocking(err.clone());
        let traces = Traces::new(Some(Console { stdout, stderr }));
        tracing::subscriber::with_default(Registry::default().with(traces), || {
            tracing::error!("e");
            tracing::warn!("w");
            tracing::info!("i");
            tracing::debug!("d");
        });
        drop((out_guard, err_guard));
        let texts = |stream: &Stream| {
            let text = String::from_utf8(stream.0.lock().unwrap().clone()).unwrap();
            let level_and_text = |line: &str| {
                let mut parts = line.split('|');
                format!("{} {}", parts.next().unwrap(), parts.next_back().unwrap())
            };
            text.lines().map(level_and_text).collect::<Vec<_>>()
        };
        assert_eq!(texts(&err), ["[Error] e"]);
        assert_eq!(texts(&out), ["[Warning] w", "[Informational] i", "[Debug] d"]);
    }

    #[test]
    fn traces_have_level_place_and_text() {
        let collect = Collect::default();
        tracing::subscriber::with_default(Registry::default().with(collect.clone()), || {
            tracing::warn!("Signal received: {}", 15);
            tracing::error!(peer = "1.2.3.4", "cut\nshort\u{1b}");
        });
        let lines = collect.0.lock().unwrap();
        let (before, text) = lines[0].split_once(")|").unwrap();
        assert_eq!(text, "Signal received: 15");
        let place = before.strip_prefix("[Warning]|").unwrap();
        let (file, function) = place.split_once('(').unwrap();
        let (path, number) = file.rsplit_once(':').unwrap();
        assert_eq!((path, function), (file!(), "log::h2agent::tests"));
        assert!(number.parse::<u32>().unwrap() > 0);
        assert!(lines[1].starts_with("[Error]|"), "{}", lines[1]);
        assert!(lines[1].contains("cut\\nshort") && !lines[1].contains(char::is_control));
    }
}
