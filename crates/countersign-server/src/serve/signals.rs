//! Signals of the operating system.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

/// What a running server can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT: finish and end. A second one ends at once.
    Stop,
    /// SIGHUP: read the configuration again.
    Reload,
    /// No signal of the system: the keys have changed.
    Keys,
}

/// Catches SIGTERM, SIGINT and SIGHUP of this process from here on, and passes on the word that keys have changed.
///
/// # Errors
///
/// If the system does not let the process catch them.
pub fn signals(mut news: Receiver<()>) -> io::Result<Receiver<Signal>> {
    let (sender, receiver) = channel(4);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::Stop,
                _ = interrupt.recv() => Signal::Stop,
                _ = hang_up.recv() => Signal::Reload,
                Some(()) = news.recv() => Signal::Keys,
            };
            if sender.send(signal).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
