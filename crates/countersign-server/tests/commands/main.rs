//! The commands that work on the database, on the built program, as somebody types them.

mod check;
mod db;
mod import;
mod import_django;
mod key;
mod program;
mod prompt;
mod session;
mod token;
mod user;
