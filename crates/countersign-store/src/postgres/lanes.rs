//! Shared connections for reads: each sends the next question before the last is answered.

use super::connect::Connector;
use super::fault::Failure;
use super::link::Values;
use deadpool_postgres::ClientWrapper;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_postgres::Row;

/// How many there are. One would do; the second is there while the first is made anew.
const LANES: usize = 2;

pub(super) struct Lanes {
    connector: Arc<Connector>,
    handle: Handle,
    each: [Lane; LANES],
    turn: AtomicUsize,
}

impl Lanes {
    pub(super) fn new(connector: Connector, handle: Handle) -> Self {
        Self { connector: Arc::new(connector), handle, each: <_>::default(), turn: AtomicUsize::new(0) }
    }

    /// The lane whose turn it is.
    pub(super) fn next(&self) -> &Lane {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        &self.each[turn % LANES]
    }

    /// One read. A connection that turns out to be lost is made anew, once. `used` is the connection that the
    /// question went to.
    pub(super) async fn read(
        &self,
        lane: &Lane,
        used: &mut Option<Arc<ClientWrapper>>,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, Failure> {
        match self.ask(lane, used, sql, values).await {
            Err(failure) if failure.is_of_the_connection() => self.ask(lane, used, sql, values).await,
            answer => answer,
        }
    }

    async fn ask(
        &self,
        lane: &Lane,
        used: &mut Option<Arc<ClientWrapper>>,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let client = match lane.open() {
            Some(client) => client,
            None => self.make(lane).await?,
        };
        let client = &*used.insert(client);
        let answer = match client.prepare_cached(sql).await {
            Ok(statement) => client.query(&statement, values).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| {
            let failure = Failure::from(error);
            if failure.is_of_the_connection() {
                lane.close(client);
            }
            failure
        })
    }

    /// Makes the lane's connection, unless another does at this moment: then that one is waited for.
    async fn make(&self, lane: &Lane) -> Result<Arc<ClientWrapper>, Failure> {
        let _alone = lane.making.lock().await;
        if let Some(client) = lane.open() {
            return Ok(client);
        }
        let connector = Arc::clone(&self.connector);
        let made = self.handle.spawn(async move { connector.client().await });
        let made = made.await.map_err(|_| Failure::new("the connection was broken off"))??;
        let client = Arc::new(made);
        *lane.client.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&client));
        Ok(client)
    }
}

/// One of the shared connections.
#[derive(Default)]
pub(super) struct Lane {
    client: RwLock<Option<Arc<ClientWrapper>>>,
    /// Held while the connection is made.
    making: Mutex<()>,
}

impl Lane {
    fn open(&self) -> Option<Arc<ClientWrapper>> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.as_ref().filter(|client| !client.is_closed()).cloned()
    }

    /// Leaves this connection, if it still is the lane's: the next question goes another way.
    pub(super) fn close(&self, client: &Arc<ClientWrapper>) {
        let mut own = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if own.as_ref().is_some_and(|own| Arc::ptr_eq(own, client)) {
            *own = None;
        }
    }
}
