//! The serving loop: from a listening socket to a router, and to an orderly end.
//!
//! The limits on what a connection may cost are here; what the answers are is the router's affair.

mod app;
mod connection;
mod counting;
mod health;
mod signals;
mod waiting;

pub use self::app::{App, Awaited, Ready};
pub use self::counting::Counting;
pub use self::signals::{Signal, signals};

use crate::config::sections;
use arc_swap::ArcSwap;
use hyper_util::server::graceful::GracefulShutdown;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;

/// Makes the application anew, from a configuration that is read again or with other keys, or says why it cannot.
pub type Reload = Box<
    dyn FnMut(Signal) -> Pin<Box<dyn Future<Output = Result<App, Box<dyn Error + Send + Sync>>> + Send>>
        + Send,
>;

/// A socket that listens and the application behind it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    stop_delay: Duration,
    drain_timeout: Duration,
    reload: Option<Reload>,
}

/// What all connections share.
struct Shared {
    app: ArcSwap<App>,
    draining: AtomicBool,
    header_timeout: Duration,
    request_timeout: Duration,
}

impl Shared {
    /// The application, once it has the keys that were just fetched: that takes no longer than making it.
    async fn with_present_keys(&self) -> Arc<App> {
        const STEP: Duration = Duration::from_millis(5);
        for _ in 0..1000 {
            let app = self.app.load_full();
            if !app.is_behind() {
                return app;
            }
            tokio::time::sleep(STEP).await;
        }
        self.app.load_full()
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request in hand was answered.
    Drained,
    /// The time for that ran out, or a second signal came: some were cut off.
    CutOff,
}

impl Server {
    /// Opens the socket. Connections queue up from here on, and are answered once [`Server::run`] begins.
    ///
    /// # Errors
    ///
    /// What the system says: the address is taken, is not one of this machine's, or is not permitted.
    pub async fn bind(settings: &sections::Server, app: App) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen.0).await?;
        let shared = Shared {
            app: ArcSwap::from_pointee(app),
            draining: AtomicBool::new(false),
            header_timeout: settings.header_timeout.unsigned_abs(),
            request_timeout: settings.request_timeout.unsigned_abs(),
        };
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            shared: Arc::new(shared),
            stop_delay: settings.stop_delay.unsigned_abs(),
            drain_timeout: settings.drain_timeout.unsigned_abs(),
            reload: None,
        })
    }

    /// What to do when told to read the configuration again. Without it nothing is done.
    #[must_use]
    pub fn on_reload(mut self, reload: Reload) -> Self {
        self.reload = Some(reload);
        self
    }

    /// The address, with the port that was picked where the configuration says 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until told to stop, then finishes the requests in hand.
    ///
    /// Says `listening on http://ADDR:PORT` on standard error when it begins to accept.
    pub async fn run(mut self, mut signals: Receiver<Signal>) -> Ended {
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr(), "listening on http://{}", self.address);
        let connections = GracefulShutdown::new();
        while let Some(signal @ (Signal::Reload | Signal::Keys)) =
            self.serve(&connections, &mut signals, std::future::pending()).await
        {
            self.read_again(signal).await;
        }
        self.shared.draining.store(true, Ordering::Relaxed);
        tracing::info!(connections = connections.count(), "stopping: finishing the requests in hand");
        let mut noticed = pin!(tokio::time::sleep(self.stop_delay));
        loop {
            match self.serve(&connections, &mut signals, &mut noticed).await {
                Some(Signal::Stop) => return Ended::CutOff,
                Some(Signal::Reload | Signal::Keys) => {}
                None => return self.drain(connections, signals).await,
            }
        }
    }

    /// Accepts connections until a signal comes or the time is over.
    async fn serve(
        &self,
        connections: &GracefulShutdown,
        signals: &mut Receiver<Signal>,
        over: impl Future<Output = ()>,
    ) -> Option<Signal> {
        let mut over = pin!(over);
        loop {
            tokio::select! {
                biased;
                signal = signals.recv() => return signal,
                () = &mut over => return None,
                (stream, peer) = accept(&self.listener) => {
                    connection::spawn(stream, peer, Arc::clone(&self.shared), connections);
                }
            }
        }
    }

    /// Swaps the application for a new one, or keeps it and says why.
    async fn read_again(&mut self, signal: Signal) {
        let Some(reload) = &mut self.reload else { return };
        let what = if signal == Signal::Keys { "the keys" } else { "the configuration" };
        match reload(signal).await {
            Ok(app) => {
                self.shared.app.store(Arc::new(app));
                tracing::info!("{what} took effect");
            }
            Err(error) => tracing::error!(%error, "{what} cannot be used: the old stays"),
        }
    }

    async fn drain(self, connections: GracefulShutdown, mut signals: Receiver<Signal>) -> Ended {
        drop(self.listener);
        let second = async { while let Some(Signal::Reload | Signal::Keys) = signals.recv().await {} };
        tokio::select! {
            biased;
            () = connections.shutdown() => Ended::Drained,
            () = second => Ended::CutOff,
            () = tokio::time::sleep(self.drain_timeout) => Ended::CutOff,
        }
    }
}

/// The next connection. A connection that is gone before it is taken does not count; when the system has no
/// descriptors or memory left, waiting gives it time to get some back.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
                ) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections, trying again in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}
