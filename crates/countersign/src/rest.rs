//! Django REST framework's habits, known nowhere else.
//!
//! The framework looks at a request in a fixed order, and so does a [`Site`]: content negotiation (406, or
//! 404 for `?format=`), the [`Guard`] (authentication, permission), the method (405), the body (415, 400),
//! its fields (400), and only then the [`Action`].

mod address;
mod answer;
mod call;
mod charset;
mod fields;
mod form;
mod headers;
mod host;
mod media_type;
mod metadata;
mod negotiate;
mod page;
mod parse;
mod plain;
mod render;
mod request_id;
mod site;

pub use self::address::{Network, NetworkError, client as client_address};
pub use self::answer::{Answer, Body};
pub use self::call::{Action, Admission, BoxFuture, Call, Guard, Parts};
pub use self::fields::Texts;
pub use self::host::AllowedHosts;
pub use self::request_id::RequestId;
pub use self::site::{Site, SiteSettings};
