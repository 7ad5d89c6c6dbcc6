//! A log that a test can read.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Every event on a line of the thread that it happened on, as a program at its usual level sees them: spans are
/// left out.
///
/// One for the whole process: where each test brings a subscriber of its own, tracing asks whichever thread comes
/// first whether anybody listens, and remembers its no.
pub(crate) struct Log;

#[derive(Default)]
struct Fields(String);

impl Log {
    /// Listens from here on, with nothing heard on this thread yet.
    pub(crate) fn listen() {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            tracing::subscriber::set_global_default(Self).expect("nobody else listens in this program");
            // For whoever asked a moment ago, when nobody did.
            tracing::callsite::rebuild_interest_cache();
        });
        LINES.take();
    }

    /// What was heard on this thread.
    pub(crate) fn lines() -> String {
        LINES.take().join("\n")
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        write!(self.0, "{space}{field}={value:?}").expect("a string takes all text");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target().starts_with("countersign")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        LINES.with_borrow_mut(|lines| lines.push(fields.0));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
