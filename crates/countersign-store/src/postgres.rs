//! PostgreSQL: any number of us on one database, each with a few shared connections for reads and a bounded pool for
//! acts.
//!
//! A database that somebody else made, Django above all, keeps its tables and its rows; only tables named
//! `countersign_*` are added. Every commit is on the disk before it is acknowledged. An act that gets no answer within
//! [`Options::busy_timeout`](crate::Options::busy_timeout) errs; a connection that was lost is made anew by whoever needs it next.

mod address;
mod admin;
mod audit;
mod catalog;
mod conditions;
mod connect;
mod directory;
mod door;
mod facts;
mod fault;
mod keys;
mod lanes;
mod ledger;
mod link;
mod listed;
mod memberships;
mod migrate;
mod names;
mod revocations;
mod rotate;
mod server;
mod sessions;
mod status;
mod tls;
mod together;
mod users;

use self::admin::Page;
use self::connect::Connector;
use self::fault::Failure;
use self::ledger::LedgerSql;
use self::link::{Acting, Link};
use self::together::Together;
use self::users::{UserSql, is_storable};
use crate::change::Change;
use crate::django::{BLACKLIST_TABLES, DRF_JWT_TABLE};
use crate::error::{OpenError, OpenFault};
use crate::options::Options;
use crate::session::Beginning;
use crate::status::{Migrated, Status};
use crate::token::Use;
use crate::url::{DatabaseUrl, PostgresUrl};
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, AddOutcome, Blacklisting, Deletion, Ledger, Listing, Memberships, NewSession, Purged, Record,
    Rotate, Rotation, Store, StoreError, UserAdmin, UserChange, UserColumns, Users,
};
use countersign_core::user::{NewUser, User, UserId, UserKey};
use deadpool_postgres::Object;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long what is done once and by hand may take: others may be at it.
const UNHURRIED: Duration = Duration::from_hours(24);

/// How long a round of purging may take.
const PURGE: Duration = Duration::from_mins(1);

/// A database of a PostgreSQL server.
pub struct Postgres {
    link: Arc<Link>,
    users: Arc<UserSql>,
    /// `None`: the blacklist is off.
    ledger: Option<Arc<LedgerSql>>,
    /// Likewise.
    rotations: Option<Arc<Together>>,
    /// Whether drf-jwt's blacklist is on.
    revocations: bool,
}

impl Postgres {
    /// Opens a database that is there, and adds our own tables if it has none yet. `at` is the present instant.
    ///
    /// Blocks.
    ///
    /// # Errors
    ///
    /// Where the server is not reached or does not let us in, where it acknowledges commits before they are safe, is
    /// read-only or too old, where the database is not there or lacks the user table, a column that was named or the
    /// tables of the blacklist, and where a newer countersign has changed it.
    pub fn open(options: &Options, at: Timestamp) -> Result<Self, OpenError> {
        let patience = Some(options.busy_timeout);
        let users = connected(options, patience, move |mut db, options| async move {
            server::check(&db).await?;
            migrate::usable(&db, &options).await?;
            if let Some(done) = migrate::make_own(&mut db, at).await? {
                tracing::info!("{done}");
            }
            UserSql::of(&db, &options.users).await
        })?;
        let link = url(options).and_then(|url| Link::new(url, options.busy_timeout, options.connections));
        let link = link.map_err(|fault| OpenError::new(&options.url, fault))?;
        let (link, users) = (Arc::new(link), Arc::new(users));
        let ledger = options.blacklist.then(|| Arc::new(LedgerSql::of(&users, options.store_raw_tokens)));
        let together = |sql: &_| Together::new(Arc::clone(&link), Arc::clone(&users), Arc::clone(sql));
        let rotations = ledger.as_ref().map(|sql| Arc::new(together(sql)));
        Ok(Self { link, users, ledger, rotations, revocations: options.jwt_blacklist })
    }

    /// Makes what is missing: Django's tables in an empty database, the blacklist's in anybody's, our own. The database
    /// itself is made by `createdb`. `at` is the present instant. Never alters a table that is there.
    ///
    /// Blocks.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for what it makes. What it had made when it erred stays, and the next run goes on
    /// from there.
    pub fn migrate(options: &Options, at: Timestamp) -> Result<Migrated, OpenError> {
        connected(options, None, move |mut db, options| async move {
            migrate::migrate(&mut db, &options, at).await
        })
    }

    /// Whether [`open`](Self::open) would find what it needs, and which columns the user table has. Changes nothing.
    /// Blocks.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn check(options: &Options) -> Result<UserColumns, OpenError> {
        connected(options, Some(options.busy_timeout), |db, options| async move {
            server::check(&db).await?;
            migrate::usable(&db, &options).await?;
            Ok(UserSql::of(&db, &options.users).await?.columns())
        })
    }

    /// Says how the database stands. Changes nothing. Blocks, and counts rows one by one.
    ///
    /// # Errors
    ///
    /// Where the server is not reached or does not let us in, or a newer countersign has changed the database.
    pub fn status(options: &Options) -> Result<Status, OpenError> {
        connected(options, None, |db, options| async move { status::status(&db, &options).await })
    }

    /// An act on the user table.
    fn act<T: Send + 'static>(
        &self,
        act: impl for<'c> Fn(Arc<UserSql>, &'c mut Object) -> Acting<'c, T> + Send + Sync + 'static,
    ) -> Act<'static, T> {
        let users = Arc::clone(&self.users);
        self.link.act(move |db| act(Arc::clone(&users), db))
    }

    /// An act on the ledger; where the blacklist is off, `otherwise`.
    fn enter<T: Send + 'static>(
        &self,
        otherwise: Result<T, StoreError>,
        act: impl for<'c> Fn(Arc<LedgerSql>, Arc<UserSql>, &'c mut Object) -> Acting<'c, T>
        + Send
        + Sync
        + 'static,
    ) -> Act<'static, T> {
        match self.ledger.clone() {
            Some(ledger) => self.act(move |users, db| act(Arc::clone(&ledger), users, db)),
            None => Box::pin(std::future::ready(otherwise)),
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Postgres").field("users", &self.users.table).finish_non_exhaustive()
    }
}

fn url(options: &Options) -> Result<&PostgresUrl, OpenFault> {
    match &options.url {
        DatabaseUrl::Postgres(url) => Ok(url),
        DatabaseUrl::Sqlite(_) => Err(OpenFault::Other("it is a file, not a server".to_owned())),
    }
}

/// Waits on this thread for what is done on one connection.
fn connected<T: Send + 'static, F: Future<Output = Result<T, OpenFault>> + Send + 'static>(
    options: &Options,
    patience: Option<Duration>,
    run: impl FnOnce(Object, Options) -> F + Send + 'static,
) -> Result<T, OpenError> {
    let outcome = url(options).and_then(|url| {
        let pool = link::pool(Connector::new(url, patience)?, 1)?;
        let options = options.clone();
        let (tell, told) = std::sync::mpsc::channel();
        // This thread may be one of a runtime already, which must not run another.
        let runtime = link::runtime()?;
        runtime.spawn(async move {
            let run = async { run(link::connection(&pool).await?, options).await };
            let limit = patience.map_or(UNHURRIED, |patience| patience * 2);
            let _gone = tell
                .send(tokio::time::timeout(limit, run).await.unwrap_or_else(|_| Err(Failure::Late.into())));
        });
        let outcome = told.recv().unwrap_or_else(|_| Err(OpenFault::Other("it was broken off".to_owned())));
        runtime.shutdown_background();
        outcome
    });
    outcome.map_err(|fault| OpenError::new(&options.url, fault))
}

fn blacklist_is_off<T>() -> Result<T, StoreError> {
    Err(StoreError::new("the blacklist is switched off"))
}

impl Users for Postgres {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { Ok(self.find(&self.users.by_username, username).await?) })
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move {
            let found = match (key.field, &self.users.by_email) {
                ("id" | "pk", _) => {
                    let Some(key) = self.users.parsed(key.value) else { return Ok(None) };
                    self.users.one(&self.link.read(&self.users.by_id, &[&key]).await?)
                }
                ("username", _) => self.find(&self.users.by_username, key.value).await,
                ("email", Some(by_email)) => self.find(by_email, key.value).await,
                ("email", None) => Err(Failure::new("the user table has no column for `email`")),
                _ => Err(Failure::new("users have no key of that name")),
            };
            Ok(found?)
        })
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        let texts = Arc::new((id.clone(), old.to_owned(), new.to_owned()));
        self.act(move |users, db| {
            let texts = Arc::clone(&texts);
            Box::pin(async move { users::replace_password(&users, db, &texts.0, &texts.1, &texts.2).await })
        })
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        let id = Arc::new(id.clone());
        self.act(move |users, db| {
            let id = Arc::clone(&id);
            Box::pin(async move { users::record_login(&users, db, &id, at).await })
        })
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        let id = Arc::new(id.clone());
        self.act(move |users, db| {
            let id = Arc::clone(&id);
            Box::pin(async move { memberships::memberships(&users, db, &id).await })
        })
    }
}

impl Postgres {
    /// The only user of whom this is true.
    async fn find(&self, sql: &str, value: &str) -> Result<Option<Arc<User>>, Failure> {
        if !is_storable(value) {
            return Ok(None);
        }
        self.users.one(&self.link.read(sql, &[&value]).await?)
    }
}

impl UserAdmin for Postgres {
    fn add<'a>(&'a self, user: &'a NewUser) -> Act<'a, AddOutcome> {
        let user = Arc::new(user.user.clone());
        self.act(move |users, db| {
            let user = Arc::clone(&user);
            Box::pin(async move { admin::add(&users, db, &user).await })
        })
    }

    fn list<'a>(&'a self, listing: Listing<'a>) -> Act<'a, Vec<Arc<User>>> {
        let (search, after) = (listing.search.map(str::to_owned), listing.after.cloned());
        let page = Arc::new(Page { search, after, limit: listing.limit });
        self.act(move |users, db| {
            let page = Arc::clone(&page);
            Box::pin(async move { admin::list(&users, db, &page).await })
        })
    }

    fn update<'a>(&'a self, id: &'a UserId, change: UserChange<'a>, at: Timestamp) -> Act<'a, bool> {
        let (change, blacklist) = (Arc::new((id.clone(), Change::from(change))), self.ledger.is_some());
        self.act(move |users, db| {
            let change = Arc::clone(&change);
            Box::pin(async move { admin::update(&users, db, &change.0, &change.1, at, blacklist).await })
        })
    }

    fn delete<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, Deletion> {
        let (id, blacklist) = (Arc::new(id.clone()), self.ledger.is_some());
        self.act(move |users, db| {
            let id = Arc::clone(&id);
            Box::pin(async move { admin::delete(&users, db, &id, at, blacklist).await })
        })
    }
}

impl Ledger for Postgres {
    /// Its rows refer to rows of its user table, which a rotation locks.
    fn knows_its_own_users_alone(&self) -> bool {
        self.ledger.is_some()
    }

    fn record<'a>(&'a self, token: &'a Record, session: Option<NewSession<'a>>) -> Act<'a, ()> {
        let record = Arc::new((token.clone(), session.map(Beginning::from)));
        self.enter(Ok(()), move |sql, users, db| {
            let record = Arc::clone(&record);
            Box::pin(async move {
                let (token, session) = &*record;
                match session {
                    Some(session) => sql.begin(&users, db, token, session, token.created_at).await,
                    None => sql.write_down(&users, db, token).await,
                }
            })
        })
    }

    fn rotate<'a>(&'a self, rotate: Rotate<'a>) -> Act<'a, Rotation> {
        match self.rotations.clone() {
            Some(rotations) => Box::pin(rotations.rotate(Arc::new(Use::from(rotate)))),
            None => Box::pin(std::future::ready(blacklist_is_off())),
        }
    }

    fn blacklist<'a>(&'a self, token: &'a Record, at: Timestamp) -> Act<'a, Blacklisting> {
        let token = Arc::new(token.clone());
        self.enter(blacklist_is_off(), move |sql, users, db| {
            let token = Arc::clone(&token);
            Box::pin(async move { ledger::blacklist(&sql, &users, db, &token, at).await })
        })
    }

    fn blacklist_by_id<'a>(&'a self, jti: &'a str, at: Timestamp) -> Act<'a, Option<Blacklisting>> {
        let jti: Arc<str> = jti.into();
        self.enter(blacklist_is_off(), move |_, _, db| {
            let jti = Arc::clone(&jti);
            Box::pin(async move { ledger::blacklist_by_id(db, &jti, at).await })
        })
    }

    fn is_blacklisted<'a>(&'a self, jti: &'a str) -> Act<'a, bool> {
        Box::pin(async move {
            if self.ledger.is_none() || !is_storable(jti) {
                return Ok(false);
            }
            let rows = self.link.read(ledger::IS_BLACKLISTED, &[&jti]).await?;
            Ok(rows.iter().any(|row| row.get(0)))
        })
    }

    fn extend<'a>(&'a self, token: &'a Record) -> Act<'a, bool> {
        let token = Arc::new(token.clone());
        self.enter(Ok(true), move |sql, users, db| {
            let token = Arc::clone(&token);
            Box::pin(async move { ledger::extend(&sql, &users, db, &token).await })
        })
    }

    fn purge(&self, at: Timestamp, after: i64, limit: u32) -> Act<'_, Purged> {
        let has_blacklist = self.ledger.is_some();
        self.link.act_within(PURGE, move |db| {
            Box::pin(async move { ledger::purge(db, has_blacklist, at, after, limit).await })
        })
    }
}

impl Store for Postgres {
    /// Reads from every table that is needed, on a connection that could write.
    fn ping(&self) -> Act<'_, ()> {
        let mut tables = vec![self.users.table.to_string()];
        tables.extend(["countersign_family", "countersign_refresh", "countersign_epoch"].map(str::to_owned));
        if self.ledger.is_some() {
            tables.extend(BLACKLIST_TABLES.map(str::to_owned));
        }
        if self.revocations {
            tables.push(DRF_JWT_TABLE.to_owned());
        }
        let reads = tables.iter().map(|table| format!(", EXISTS (SELECT 1 FROM {table})"));
        let sql =
            format!("SELECT current_setting('transaction_read_only') = 'on'{}", reads.collect::<String>());
        self.link.act(move |db| {
            let sql = sql.clone();
            Box::pin(async move {
                let ping = db.prepare_cached(&sql).await?;
                if db.query_one(&ping, &[]).await?.get(0) {
                    return Err(Failure::new("it is read-only"));
                }
                Ok(())
            })
        })
    }
}
