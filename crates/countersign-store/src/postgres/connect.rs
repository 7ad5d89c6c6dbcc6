//! Connections: how one is made, and what is set on it before anybody uses it.

use super::address::Address;
use super::tls;
use crate::error::OpenFault;
use crate::url::PostgresUrl;
use deadpool_postgres::{ClientWrapper, Connect};
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a new connection promises, and how it is driven.
type Connecting<'a> = Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

/// Makes connections to one server. Within a runtime only, which then drives them.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    /// What is said first.
    session: String,
}

impl Connector {
    /// For acts that take `patience` at most; without one, as long as they take.
    pub(super) fn new(url: &PostgresUrl, patience: Option<Duration>) -> Result<Self, OpenFault> {
        let Address { mut config, trust } = Address::of(url)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(patience.unwrap_or(Duration::from_secs(10)));
        }
        // A server whose machine has gone says nothing at all.
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(30));
        Ok(Self { config, tls: tls::connector(&trust)?, session: session(patience) })
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// A connection, ready for use.
    pub(super) async fn client(&self) -> Result<ClientWrapper, Error> {
        let (client, driver) = self.connected().await?;
        Ok(ClientWrapper::new(client, driver))
    }

    async fn connected(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        // Ends by itself once the client is dropped.
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        client.batch_execute(&self.session).await?;
        Ok((client, driver))
    }
}

impl Connect for Connector {
    fn connect(&self, _: &Config) -> Connecting<'_> {
        Box::pin(self.connected())
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// The server gives up a little before we do, so that it does not go on with what nobody waits for. Whoever set
/// `synchronous_commit = off` did not think of logouts: a commit that is acknowledged must be one.
fn session(patience: Option<Duration>) -> String {
    let limit = patience.map_or(0, |patience| patience.as_millis().saturating_sub(200).max(100));
    format!(
        "SET statement_timeout = {limit};
         SET idle_in_transaction_session_timeout = 10000;
         SET default_transaction_isolation = 'read committed';
         SET TimeZone = 'UTC';
         SET standard_conforming_strings = on;
         SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'"
    )
}
