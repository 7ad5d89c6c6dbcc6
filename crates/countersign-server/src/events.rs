//! What happened at the door, as log lines.

use countersign_core::event::{Events, LoginEvent, LoginOutcome, ReuseEvent};
use tracing::{info, warn};

/// Writes each event as one line: who, from where, how and what came of it.
///
/// The name that was given is shown only where a user has it: people type passwords into the wrong field.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoggedEvents;

impl Events for LoggedEvents {
    fn login(&self, event: &LoginEvent<'_>) {
        let user = event.user.map(ToString::to_string);
        let username = event.user.map(|_| event.username);
        let address = event.origin.address.map(tracing::field::display);
        info!(
            target: "countersign::login",
            user, username, address,
            request = event.origin.request_id,
            user_agent = event.origin.user_agent,
            method = event.method,
            outcome = word(event.outcome),
            "login"
        );
    }

    fn reuse(&self, event: &ReuseEvent<'_>) {
        let user = event.user.map(ToString::to_string);
        let address = event.origin.address.map(tracing::field::display);
        warn!(
            target: "countersign::login",
            user, address,
            request = event.origin.request_id,
            user_agent = event.origin.user_agent,
            jti = event.jti,
            "a used refresh token came again: every token of its login has ended"
        );
    }
}

const fn word(outcome: LoginOutcome) -> &'static str {
    match outcome {
        LoginOutcome::Success => "success",
        LoginOutcome::UnknownUser => "unknown user",
        LoginOutcome::WrongPassword => "wrong password",
        LoginOutcome::Inactive => "inactive",
        LoginOutcome::Overloaded => "overloaded",
    }
}
