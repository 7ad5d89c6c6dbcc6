//! All the SQL of countersign: Django's tables, used as they are, and the few of its own beside them.
//!
//! [`sqlite::Sqlite`] and [`postgres::Postgres`] implement the traits of [`countersign_core::store`]. Django's tables are made exactly as
//! Django's migrations make them where there are none, and never altered; what Django cannot know (families
//! of refresh tokens, successors) lives in tables whose names begin with `countersign_`.

mod change;
mod datetime;
mod django;
mod error;
pub mod failpoint;
mod identifier;
mod judge;
mod options;
mod pages;
pub mod postgres;
mod recent;
mod round;
mod session;
pub mod sqlite;
mod status;
mod steps;
mod token;
mod url;
mod uuid;

pub use self::error::{OpenError, OpenFault};
pub use self::identifier::{Identifier, IdentifierError, UserTable};
pub use self::options::Options;
pub use self::recent::RecentUsers;
pub use self::status::{Engine, Migrated, Status, TableStatus};
pub use self::url::{DatabaseUrl, PostgresUrl, UrlError};
