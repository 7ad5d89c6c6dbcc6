//! Uses of tokens that come at once are done at once.
//!
//! A use waits for no clock: if one of a few ways to the server is free, it goes at once. Whoever comes while all are
//! taken goes with all the others who do, as soon as one is free: one statement, one commit.

use super::ledger::LedgerSql;
use super::link::Link;
use super::rotate;
use super::users::UserSql;
use crate::token::Use;
use countersign_core::store::{Rotation, StoreError};
use std::collections::HashSet;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// How many statements are under way at most: while one is written to the disk, another is worked out.
const WAYS: usize = 2;

/// How many uses a statement does at most.
const MOST: usize = 64;

/// Where uses wait for each other.
pub(super) struct Together {
    link: Arc<Link>,
    users: Arc<UserSql>,
    sql: Arc<LedgerSql>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    ways_taken: usize,
}

/// A use, and who wants to know whether it was done.
struct Waiting {
    used: Arc<Use>,
    asked: oneshot::Sender<Result<bool, StoreError>>,
}

impl Together {
    pub(super) fn new(link: Arc<Link>, users: Arc<UserSql>, sql: Arc<LedgerSql>) -> Self {
        Self { link, users, sql, queue: Mutex::default() }
    }

    /// See [`Ledger::rotate`](countersign_core::store::Ledger::rotate).
    pub(super) async fn rotate(self: Arc<Self>, used: Arc<Use>) -> Result<Rotation, StoreError> {
        let link = Arc::clone(&self.link);
        link.in_time(async move {
            if rotate::is_common(&self.users, &used) && self.with_others(&used).await? {
                return Ok(Rotation::Rotated);
            }
            self.alone(used).await
        })
        .await
    }

    /// Whether a use was done as the usual case. If not, nothing has happened.
    async fn with_others(self: &Arc<Self>, used: &Arc<Use>) -> Result<bool, StoreError> {
        let (asked, answer) = oneshot::channel();
        if self.has_a_way_for(Waiting { used: Arc::clone(used), asked }) {
            self.link.spawn(Arc::clone(self).go());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::new("the act was broken off")))
    }

    async fn alone(&self, used: Arc<Use>) -> Result<Rotation, StoreError> {
        let (sql, users) = (Arc::clone(&self.sql), Arc::clone(&self.users));
        let act = self.link.act(move |db| {
            let (sql, users, used) = (Arc::clone(&sql), Arc::clone(&users), Arc::clone(&used));
            Box::pin(async move { rotate::alone(&sql, &users, db, &used).await })
        });
        act.await
    }

    /// Enters a use into the queue. Whether a way is taken for it that was free.
    fn has_a_way_for(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.push(waiting);
        let is_free = queue.ways_taken < WAYS;
        queue.ways_taken += usize::from(is_free);
        is_free
    }

    /// Takes a way until nobody waits.
    async fn go(self: Arc<Self>) {
        while let Some(batch) = self.next() {
            let done = self.done(batch.iter().map(|waiting| Arc::clone(&waiting.used)).collect()).await;
            for Waiting { used, asked } in batch {
                let done = match &done {
                    Ok(successors) => Ok(successors.contains(&used.successor.jti)),
                    Err(error) => Err(StoreError::new(error.source().unwrap_or(error).to_string())),
                };
                // Whoever asked may have gone.
                let _ = asked.send(done);
            }
        }
    }

    /// Who goes next. If nobody, the way is given back.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        // Who was told in the meantime that it takes too long must not have been rotated.
        queue.waiting.retain(|waiting| !waiting.asked.is_closed());
        let count = queue.waiting.len().min(MOST);
        if count == 0 {
            queue.ways_taken -= 1;
            return None;
        }
        Some(queue.waiting.drain(..count).collect())
    }

    /// The successors of those that were done.
    async fn done(&self, batch: Arc<[Arc<Use>]>) -> Result<HashSet<String>, StoreError> {
        let (sql, users) = (Arc::clone(&self.sql), Arc::clone(&self.users));
        let act = self.link.act(move |db| {
            let (sql, users, batch) = (Arc::clone(&sql), Arc::clone(&users), Arc::clone(&batch));
            Box::pin(async move { rotate::together(&sql, &users, db, &batch).await })
        });
        act.await
    }
}
