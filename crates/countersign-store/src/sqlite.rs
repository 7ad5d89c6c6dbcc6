//! SQLite: one thread that writes, readers that never wait where the file allows it.
//!
//! A file that we made has a write-ahead log. A file that somebody else made, Django above all, keeps its
//! journal mode, its tables and its rows; only tables named `countersign_*` are added. Every commit is synced
//! to disk before it is acknowledged.

mod admin;
mod audit;
mod cache;
mod directory;
mod door;
mod facts;
mod file;
mod keys;
mod ledger;
mod migrate;
mod readers;
mod revocations;
mod sessions;
mod status;
mod users;
mod writer;

use self::admin::Page;
use self::cache::{Cache, Field};
use self::file::{DatabaseFile, is_ours, journal_mode};
use self::ledger::LedgerSql;
use self::readers::Readers;
use self::users::UserSql;
use self::writer::Writer;
use crate::change::Change;
use crate::django::{BLACKLIST_TABLES, DRF_JWT_TABLE};
use crate::error::{Failure, OpenError, OpenFault};
use crate::options::Options;
use crate::session::Beginning;
use crate::status::{Migrated, Status};
use crate::token::Use;
use crate::url::DatabaseUrl;
use countersign_core::clock::Timestamp;
use countersign_core::store::{
    Act, AddOutcome, Blacklisting, Deletion, Ledger, Listing, Memberships, NewSession, Purged, Record,
    Rotate, Rotation, Store, StoreError, UserAdmin, UserChange, UserColumns, Users,
};
use countersign_core::user::{NewUser, User, UserId, UserKey};
use rusqlite::Connection;
use std::fmt;
use std::sync::Arc;

/// A database in a file. Dropping it waits for the acts that have begun.
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    /// Users that were read before; only where it is known at once that they have changed.
    cache: Option<Cache>,
    users: Arc<UserSql>,
    /// `None`: the blacklist is off.
    ledger: Option<Arc<LedgerSql>>,
    /// Whether drf-jwt's blacklist is on.
    revocations: bool,
}

impl Sqlite {
    /// Opens a database that is there, and adds our own tables if it has none yet. `at` is the present instant.
    ///
    /// Blocks.
    ///
    /// # Errors
    ///
    /// Where the file is missing, locked, damaged, not writable or no database, where it lacks the user
    /// table, a column that was named or the tables of the blacklist, and where a newer countersign has changed it.
    pub fn open(options: &Options, at: Timestamp) -> Result<Self, OpenError> {
        Self::opened(options, at).map_err(|fault| OpenError::new(&options.url, fault))
    }

    fn opened(options: &Options, at: Timestamp) -> Result<Self, OpenFault> {
        let file = database_file(options)?;
        file.must_exist()?;
        let db = migrate::prepare(&file, options, at)?;
        let users = UserSql::of(&db, &options.users)?;
        let ledger = options.blacklist.then(|| Arc::new(LedgerSql::of(&users, options.store_raw_tokens)));
        let inline = is_ours(&db)? && journal_mode(&db)? == "wal";
        let no_thread = |error: std::io::Error| OpenFault::Other(error.to_string());
        let cache = inline.then(|| Cache::open(&file)).flatten();
        let readers = Readers::start(file, inline, options.busy_timeout).map_err(no_thread)?;
        let writer = Writer::start(db, options.busy_timeout).map_err(no_thread)?;
        let revocations = options.jwt_blacklist;
        Ok(Self { writer, readers, cache, users: Arc::new(users), ledger, revocations })
    }

    /// Makes what is missing: the file, Django's tables in an empty file, the blacklist's in anybody's, our own.
    /// `at` is the present instant. Never alters a table that is there.
    ///
    /// Blocks.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for what it makes. What it had made when it erred stays,
    /// and the next run goes on from there.
    pub fn migrate(options: &Options, at: Timestamp) -> Result<Migrated, OpenError> {
        migrate::migrate(options, at)
    }

    /// Whether [`open`](Self::open) would find what it needs, and which columns the user table has. Changes nothing.
    /// Blocks.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn check(options: &Options) -> Result<UserColumns, OpenError> {
        let run = || {
            let file = database_file(options)?;
            file.must_exist()?;
            let db = file.connect(options.busy_timeout)?;
            migrate::usable(&db, options)?;
            Ok(UserSql::of(&db, &options.users)?.columns())
        };
        run().map_err(|fault| OpenError::new(&options.url, fault))
    }

    /// Says how the database stands. Changes nothing. Blocks, and counts rows one by one.
    ///
    /// # Errors
    ///
    /// Where the file is missing, locked, damaged or no database, or a newer countersign has changed it.
    pub fn status(options: &Options) -> Result<Status, OpenError> {
        status::status(options)
    }

    fn read<'a, B, T>(
        &'a self,
        input: &'a B,
        read: fn(&UserSql, &Connection, &B) -> Result<T, Failure>,
    ) -> Act<'a, T>
    where
        B: ToOwned<Owned: Send + 'static> + Sync + ?Sized + 'static,
        T: Send + 'static,
    {
        self.readers.read(&self.users, input, read)
    }

    /// An act on the user table.
    fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&UserSql, &Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        let users = Arc::clone(&self.users);
        self.writer.act(move |db| act(&users, db))
    }

    /// An act on the ledger; where the blacklist is off, `otherwise`.
    fn enter<T: Send + 'static>(
        &self,
        otherwise: Result<T, StoreError>,
        act: impl FnOnce(&UserSql, &LedgerSql, &Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Act<'_, T> {
        match self.ledger.clone() {
            Some(ledger) => self.write(move |users, db| act(users, &ledger, db)),
            None => Box::pin(std::future::ready(otherwise)),
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sqlite").field("users", &self.users.table).finish_non_exhaustive()
    }
}

fn database_file(options: &Options) -> Result<DatabaseFile, OpenFault> {
    match &options.url {
        DatabaseUrl::Sqlite(path) => Ok(DatabaseFile::new(path)),
        DatabaseUrl::Postgres(_) => Err(OpenFault::Other("it is a server, not a file".to_owned())),
    }
}

fn blacklist_is_off<T>() -> Result<T, StoreError> {
    Err(StoreError::new("the blacklist is switched off"))
}

impl Users for Sqlite {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        self.read(username, users::by_username)
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move {
            let field =
                Field::named(key.field).ok_or_else(|| StoreError::new("users have no key of that name"))?;
            let Some(cache) = &self.cache else { return self.read(key.value, field.reader()).await };
            let moment = cache.moment();
            if let Some(user) = moment.as_ref().and_then(|moment| cache.find(field, key.value, moment)) {
                return Ok(Some(user));
            }
            let found = self.read(key.value, field.reader()).await?;
            if let (Some(moment), Some(user)) = (moment, &found) {
                cache.keep(field, key.value, moment, user);
            }
            Ok(found)
        })
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        let (id, old, new) = (id.clone(), old.to_owned(), new.to_owned());
        self.write(move |users, db| users::replace_password(users, db, &id, &old, &new))
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        let id = id.clone();
        self.write(move |users, db| users::record_login(users, db, &id, at))
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        self.read(id, users::memberships)
    }
}

impl UserAdmin for Sqlite {
    fn add<'a>(&'a self, user: &'a NewUser) -> Act<'a, AddOutcome> {
        let user = user.user.clone();
        self.write(move |users, db| admin::add(users, db, &user))
    }

    fn list<'a>(&'a self, listing: Listing<'a>) -> Act<'a, Vec<Arc<User>>> {
        let (search, after) = (listing.search.map(str::to_owned), listing.after.cloned());
        let page = Page { search, after, limit: listing.limit };
        let users = Arc::clone(&self.users);
        self.readers.queued(move |db| admin::list(&users, db, &page))
    }

    fn update<'a>(&'a self, id: &'a UserId, change: UserChange<'a>, at: Timestamp) -> Act<'a, bool> {
        let (id, change, blacklist) = (id.clone(), Change::from(change), self.ledger.is_some());
        self.write(move |users, db| admin::update(users, db, &id, &change, at, blacklist))
    }

    fn delete<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, Deletion> {
        let (id, blacklist) = (id.clone(), self.ledger.is_some());
        self.write(move |users, db| admin::delete(users, db, &id, at, blacklist))
    }
}

impl Ledger for Sqlite {
    /// Its rows refer to rows of its user table, which a rotation looks at.
    fn knows_its_own_users_alone(&self) -> bool {
        self.ledger.is_some()
    }

    fn record<'a>(&'a self, token: &'a Record, session: Option<NewSession<'a>>) -> Act<'a, ()> {
        let (token, session) = (token.clone(), session.map(Beginning::from));
        self.enter(Ok(()), move |users, sql, db| ledger::record(users, sql, db, &token, session.as_ref()))
    }

    fn rotate<'a>(&'a self, rotate: Rotate<'a>) -> Act<'a, Rotation> {
        let used = Use::from(rotate);
        self.enter(blacklist_is_off(), move |users, sql, db| ledger::rotate(users, sql, db, &used))
    }

    fn blacklist<'a>(&'a self, token: &'a Record, at: Timestamp) -> Act<'a, Blacklisting> {
        let token = token.clone();
        self.enter(blacklist_is_off(), move |users, sql, db| ledger::blacklist(users, sql, db, &token, at))
    }

    fn blacklist_by_id<'a>(&'a self, jti: &'a str, at: Timestamp) -> Act<'a, Option<Blacklisting>> {
        let jti = jti.to_owned();
        self.enter(blacklist_is_off(), move |_, _, db| ledger::blacklist_by_id(db, &jti, at))
    }

    fn is_blacklisted<'a>(&'a self, jti: &'a str) -> Act<'a, bool> {
        if self.ledger.is_none() {
            return Box::pin(std::future::ready(Ok(false)));
        }
        self.read(jti, |_, db, jti| ledger::is_blacklisted(db, jti))
    }

    fn extend<'a>(&'a self, token: &'a Record) -> Act<'a, bool> {
        let token = token.clone();
        self.enter(Ok(true), move |users, sql, db| ledger::extend(users, sql, db, &token))
    }

    fn purge(&self, at: Timestamp, after: i64, limit: u32) -> Act<'_, Purged> {
        Box::pin(async move {
            if self.ledger.is_none() {
                return self.writer.act(move |db| ledger::purge_own(db, at, None, limit)).await;
            }
            let ended = self.readers.queued(move |db| ledger::ended(db, at, after, limit)).await?;
            self.writer.act(move |db| ledger::purge(db, &ended, at, limit)).await
        })
    }
}

impl Store for Sqlite {
    /// Reads from every table that is needed.
    fn ping(&self) -> Act<'_, ()> {
        let (table, blacklist) = (self.users.table.to_string(), self.ledger.is_some());
        let revocations = self.revocations;
        self.readers.queued(move |db| {
            let mut tables = vec![&*table, "countersign_family", "countersign_refresh", "countersign_epoch"];
            if blacklist {
                tables.extend(BLACKLIST_TABLES);
            }
            if revocations {
                tables.push(DRF_JWT_TABLE);
            }
            for table in tables {
                let query = format!("SELECT EXISTS (SELECT 1 FROM {table})");
                db.prepare_cached(&query)?.query_row([], |_| Ok(()))?;
            }
            Ok(())
        })
    }
}
