//! The ways to the server: a few shared connections for reads, one after the other in one stream, and a bounded
//! pool of connections for acts, each of which has one to itself.
//!
//! All of it is driven by a small runtime of our own, so that a store can be used from any thread, with a runtime or
//! without, as the traits promise.

use super::connect::Connector;
use super::fault::Failure;
use super::lanes::Lanes;
use crate::error::OpenFault;
use crate::failpoint;
use crate::url::PostgresUrl;
use countersign_core::store::{Act, StoreError};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Timeout;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// Values for a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// An act on a connection.
pub(super) type Acting<'c, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'c>>;

/// How often an act is tried that met others.
const TRIES: usize = 5;

/// Every way to one server.
pub(super) struct Link {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    pool: Pool,
    lanes: Lanes,
    patience: Duration,
}

impl Link {
    /// Makes no connection yet.
    pub(super) fn new(url: &PostgresUrl, patience: Duration, connections: usize) -> Result<Self, OpenFault> {
        let runtime = runtime()?;
        let connector = Connector::new(url, Some(patience))?;
        let pool = pool(connector.clone(), connections)?;
        let handle = runtime.handle().clone();
        let lanes = Lanes::new(connector, handle.clone());
        Ok(Self { runtime: Some(runtime), handle, pool, lanes, patience })
    }

    /// Reads, by one prepared statement. Shares its connection with other reads; one that was lost is made anew, once.
    pub(super) async fn read(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        let (lane, mut used) = (self.lanes.next(), None);
        if let Ok(answer) = self.timed(self.lanes.read(lane, &mut used, sql, values)).await {
            return answer;
        }
        if let Some(stuck) = used {
            lane.close(&stuck);
        }
        Err(Failure::Late)
    }

    /// Whatever it is, within the patience.
    pub(super) async fn in_time<T>(
        &self,
        act: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.timed(act).await.unwrap_or_else(|_| Err(Failure::Late.into()))
    }

    /// Whoever asks need not be on a thread of a runtime; the timer is ours.
    fn timed<F: Future>(&self, future: F) -> Timeout<F> {
        let _ours = self.handle.enter();
        tokio::time::timeout(self.patience, future)
    }

    /// Has something done that nobody waits for.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(task);
    }

    /// Does an act on a connection of its own. Goes on to its end although nobody may wait for it any more, and
    /// begins anew where it met others.
    pub(super) fn act<T: Send + 'static>(
        &self,
        act: impl for<'c> Fn(&'c mut Object) -> Acting<'c, T> + Send + Sync + 'static,
    ) -> Act<'static, T> {
        self.act_within(self.patience, act)
    }

    /// The same with another patience.
    pub(super) fn act_within<T: Send + 'static>(
        &self,
        patience: Duration,
        act: impl for<'c> Fn(&'c mut Object) -> Acting<'c, T> + Send + Sync + 'static,
    ) -> Act<'static, T> {
        let pool = self.pool.clone();
        let acted = self.handle.spawn(async move {
            tokio::time::timeout(patience, repeated(&pool, act)).await.unwrap_or(Err(Failure::Late))
        });
        Box::pin(async move {
            let acted = acted.await.map_err(|_| StoreError::new("the act was broken off"))?;
            acted.map_err(StoreError::from)
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Waits for nothing: whoever drops the last handle may be a runtime's thread, which must not wait.
impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The threads that drive connections.
pub(super) fn runtime() -> Result<Runtime, OpenFault> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("countersign-postgres")
        .enable_all()
        .build();
    runtime.map_err(|error| OpenFault::Other(error.to_string()))
}

/// At most so many connections. One that was lost is left out.
pub(super) fn pool(connector: Connector, connections: usize) -> Result<Pool, OpenFault> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_connect(connector.config().clone(), connector, config);
    Pool::builder(manager).max_size(connections).build().map_err(|error| OpenFault::Other(error.to_string()))
}

/// A connection, as soon as one is free.
pub(super) async fn connection(pool: &Pool) -> Result<Object, Failure> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => Failure::Server(error),
        error => Failure::new(error.to_string()),
    })
}

async fn repeated<T>(
    pool: &Pool,
    act: impl for<'c> Fn(&'c mut Object) -> Acting<'c, T> + Send + Sync,
) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        let mut lease = Lease(Some(connection(pool).await?));
        failpoint::pass("before begin");
        match act(&mut lease).await {
            Ok(done) => {
                failpoint::pass("after commit");
                lease.give_back();
                return Ok(done);
            }
            Err(failure) if failure.is_to_be_repeated() && tries < TRIES => tries += 1,
            Err(failure) => return Err(failure),
        }
    }
}

/// A connection of the pool that goes back to it only in a known state: it is closed if its act failed, or was given
/// up in the middle.
struct Lease(Option<Object>);

const LEASED: &str = "a lease has its connection until it is given back";

impl Lease {
    fn give_back(mut self) {
        self.0.take();
    }
}

impl Deref for Lease {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0.as_ref().expect(LEASED)
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Object {
        self.0.as_mut().expect(LEASED)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
