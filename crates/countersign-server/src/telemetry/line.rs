//! An event as a line.

use super::{json, text};
use crate::config::value::LogFormat;
use countersign_core::clock::{Clock as _, SystemClock, Timestamp};
use std::fmt;
use std::io::Write;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Writes each event as one line.
pub(super) struct Lines<W> {
    format: LogFormat,
    writer: fn() -> W,
}

impl<W> Lines<W> {
    pub(super) fn new(format: LogFormat, writer: fn() -> W) -> Self {
        Self { format, writer }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields { span: Some(span.name()), ..Fields::default() };
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.list.extend(known.list.iter().cloned());
            }
        }
        let line = Line {
            time: SystemClock.now(),
            level: *metadata.level(),
            target: metadata.target(),
            message: fields.message,
            fields: fields.list,
        };
        let text = match self.format {
            LogFormat::Text => text::written(&line),
            LogFormat::Json => json::written(&line),
        };
        // One write, so that lines of two threads do not mix. A log that cannot be written must not end
        // what it tells of.
        let _ = (self.writer)().write_all(text.as_bytes());
    }
}

/// What a line says.
pub(super) struct Line {
    pub(super) time: Timestamp,
    pub(super) level: tracing::Level,
    pub(super) target: &'static str,
    pub(super) message: String,
    pub(super) fields: Vec<(&'static str, serde_json::Value)>,
}

/// The fields of an event or a span, in order.
#[derive(Default)]
struct Fields {
    /// Whose they are. A span's `id` goes by the name of the span: `request="…"`.
    span: Option<&'static str>,
    message: String,
    list: Vec<(&'static str, serde_json::Value)>,
}

impl Fields {
    fn field(&mut self, field: &Field, value: impl Into<serde_json::Value>) {
        match (field.name(), value.into()) {
            ("message", serde_json::Value::String(text)) => self.message = text,
            ("id", value) => self.list.push((self.span.unwrap_or("id"), value)),
            (name, value) => self.list.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.field(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.field(field, u64::try_from(value).unwrap_or(u64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.field(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tracing_subscriber::layer::SubscriberExt as _;

    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    struct Page;

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            WRITTEN.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_value_can_forge_a_line_and_each_has_its_requests_id() {
        let name = "eve\n2026-01-01T00:00:00.000Z INFO forged\u{1b}[31m\u{202e}";
        for (format, written) in [
            (LogFormat::Text, r#"username="eve\n2026-01-01T00:00:00.000Z INFO forged\u{1b}[31m\u{202e}""#),
            (LogFormat::Json, r#""username":"eve\n2026-01-01T00:00:00.000Z INFO forged\u001b[31m"#),
        ] {
            let subscriber = tracing_subscriber::registry().with(Lines::new(format, || Page));
            tracing::subscriber::with_default(subscriber, || {
                let _request = tracing::error_span!("request", id = "3f").entered();
                tracing::info!(username = %name, ok = true, "login");
            });
            let page = String::from_utf8(std::mem::take(&mut *WRITTEN.lock().unwrap())).unwrap();
            assert_eq!(page.lines().count(), 1, "{page}");
            assert!(page.contains(written) && page.contains("login"), "{page}");
            assert!(!page.contains('\u{1b}'), "{page}");
        }
    }
}
