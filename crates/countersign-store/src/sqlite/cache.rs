//! Users that need not be read again, because the database itself says that nothing has changed.
//!
//! In WAL mode every commit of every process rewrites the header of the wal-index, the first bytes of the
//! `-shm` file, before it is acknowledged: <https://sqlite.org/walformat.html>, "The WAL-Index Header". A user
//! is kept together with the header that was there before they were read, and is given out only while the
//! header is still that one. Then no commit was finished in between, before or after the read: what is given
//! out is what a read at that moment would find.
//!
//! - The header holds a counter of commits, two salts, the number of frames and the checksum over them all: it
//!   does not come back for another content. It is there twice and must be twice the same; a writer that was
//!   killed between the two leaves them different, and then there is no moment, and everybody reads.
//! - SQLite maps the file, we `pread` it: on Linux both are the same pages.
//! - The store's own writer stays connected, so nobody can leave WAL mode or make the file anew.

use super::file::DatabaseFile;
use super::users::{UserSql, by_email, by_id_text, by_username};
use crate::error::Failure;
use countersign_core::user::User;
use quick_cache::Equivalent;
use rusqlite::Connection;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How many users are kept.
const USERS: usize = 8192;

/// Longer keys are not kept, so that the memory is bounded.
const LONGEST_KEY: usize = 254;

/// By what a user is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Id,
    Username,
    Email,
}

/// A query for one user, or none.
type Reader = fn(&UserSql, &Connection, &str) -> Result<Option<Arc<User>>, Failure>;

impl Field {
    /// By `USER_ID_FIELD`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "id" | "pk" => Some(Self::Id),
            "username" => Some(Self::Username),
            "email" => Some(Self::Email),
            _ => None,
        }
    }

    pub(super) const fn reader(self) -> Reader {
        match self {
            Self::Id => by_id_text,
            Self::Username => by_username,
            Self::Email => by_email,
        }
    }
}

/// Users, each with the moment of which they are.
pub(super) struct Cache {
    index: WalIndex,
    users: quick_cache::sync::Cache<Key, (Moment, Arc<User>)>,
}

impl Cache {
    /// `None` where it cannot be known whether a file has changed.
    pub(super) fn open(file: &DatabaseFile) -> Option<Self> {
        let index = WalIndex::open(&file.wal_index().ok()?)?;
        Some(Self { index, users: quick_cache::sync::Cache::new(USERS) })
    }

    /// The present state of the database; `None` while it cannot be told.
    pub(super) fn moment(&self) -> Option<Moment> {
        self.index.moment()
    }

    /// The user, if they were read and nothing at all has changed since.
    pub(super) fn find(&self, field: Field, value: &str, moment: &Moment) -> Option<Arc<User>> {
        let (then, user) = self.users.get(&Borrowed { field, value })?;
        (then == *moment).then_some(user)
    }

    /// Keeps a user who was read after `before`, unless something has changed since: then nobody would ever ask
    /// for that moment again.
    pub(super) fn keep(&self, field: Field, value: &str, before: Moment, user: &Arc<User>) {
        if value.len() <= LONGEST_KEY && self.moment() == Some(before) {
            self.users.insert(Key { field, value: value.into() }, (before, Arc::clone(user)));
        }
    }
}

struct Key {
    field: Field,
    value: Box<str>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.value == other.value
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Borrowed { field: self.field, value: &self.value }.hash(state);
    }
}

#[derive(Hash)]
struct Borrowed<'a> {
    field: Field,
    value: &'a str,
}

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.field == key.field && *self.value == *key.value
    }
}

/// A state of the database: the header of its wal-index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment([u8; HEADER]);

/// The size of the header, of which there are two copies one after the other.
const HEADER: usize = 48;

/// Where the header says that it was initialised.
const IS_INIT: usize = 12;

/// The version of the format, in the machine's byte order: the first word of the header.
const VERSION: u32 = 3_007_000;

/// The file of the wal-index.
struct WalIndex(&'static File);

impl WalIndex {
    /// `None` where there is no such file, it is no wal-index, or the pages of files and mappings may differ.
    fn open(path: &Path) -> Option<Self> {
        let index = cfg!(target_os = "linux").then(|| Self::kept(path)).and_then(Result::ok)?;
        index.moment().map(|_| index)
    }

    /// A descriptor that is never closed. Closing it would release the locks that SQLite holds on the same file
    /// for this process, all of them (POSIX `fcntl`); so each file is opened once, for good.
    fn kept(path: &Path) -> std::io::Result<Self> {
        static KEPT: Mutex<Vec<&'static File>> = Mutex::new(Vec::new());
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = std::fs::metadata(path)?;
        for file in kept.iter() {
            let metadata = file.metadata()?;
            if (metadata.dev(), metadata.ino()) == (wanted.dev(), wanted.ino()) {
                return Ok(Self(file));
            }
        }
        let file: &'static File = Box::leak(Box::new(File::open(path)?));
        kept.push(file);
        Ok(Self(file))
    }

    fn moment(&self) -> Option<Moment> {
        let mut both = [0; 2 * HEADER];
        self.0.read_exact_at(&mut both, 0).ok()?;
        let (first, second) = both.split_at(HEADER);
        let version = u32::from_ne_bytes(*first.first_chunk()?);
        let whole = first == second && first[IS_INIT] == 1 && version == VERSION;
        whole.then(|| first.try_into().ok().map(Moment)).flatten()
    }
}

#[cfg(test)]
mod tests;
