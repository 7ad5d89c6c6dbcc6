//! The sections of the configuration file, one file each.

mod admin;
mod blacklist;
mod cookie_auth;
mod cors;
mod csrf;
mod demo;
mod jwt_auth;
mod keys;
mod passwords;
mod server;
mod sessions;
mod simple_jwt;
mod top;
mod users;

pub use self::admin::Admin;
pub use self::blacklist::Blacklist;
pub use self::cookie_auth::CookieAuth;
pub use self::cors::Cors;
pub use self::csrf::Csrf;
pub use self::demo::Demo;
pub use self::jwt_auth::JwtAuth;
pub use self::keys::Keys;
pub use self::passwords::Passwords;
pub use self::server::Server;
pub use self::sessions::Sessions;
pub use self::simple_jwt::SimpleJwt;
pub use self::top::Top;
pub use self::users::Users;

use super::setting::{Section as _, Table};

/// Every section, in the order of the file.
pub const TABLES: &[Table] = &[
    Top::TABLE,
    Server::TABLE,
    SimpleJwt::TABLE,
    JwtAuth::TABLE,
    CookieAuth::TABLE,
    Cors::TABLE,
    Csrf::TABLE,
    Passwords::TABLE,
    Blacklist::TABLE,
    Sessions::TABLE,
    Keys::TABLE,
    Users::TABLE,
    Admin::TABLE,
    Demo::TABLE,
];
