//! Keys of others, from a URL (`JWK_URL`): asked for within strict limits, kept while asking fails.
//!
//! What a token's header says never leads to a request: only the one configured address is ever asked, and an unknown
//! key id is at most a reason to ask it again.

mod address;
mod fetch;
mod foreign;

pub use self::address::is_public;
pub use self::fetch::{FetchError, Fetcher, Https, Limits, judge};
pub use self::foreign::ForeignKeys;
