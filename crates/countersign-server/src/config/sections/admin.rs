use crate::config::setting::section;
use crate::config::value::{CookieSecure, EndpointPath};
use countersign_core::clock::SignedDuration;

section! {
    /// The admin pages: users, tokens, what is going on. Only active staff and superusers get in.
    pub struct Admin = "admin";

    /// Serves them. `countersign dev` does; a server that others can reach does where this says so.
    enabled: bool = false, Ours;
    /// Where they are: everything below this path.
    path: EndpointPath = "/admin/", Ours;
    /// The `Secure` of their cookie. `auto`: true, except for plain HTTP on a loopback listener.
    cookie_secure: CookieSecure = "auto", Ours;
    /// How long somebody stays signed in, however much they do.
    session_age: SignedDuration = "8h", Ours;
    /// How long somebody stays signed in without doing anything.
    session_idle: SignedDuration = "30m", Ours;
    /// How long after the password was given dangerous acts are possible without giving it again.
    confirm_age: SignedDuration = "10m", Ours;
    /// How long a link for setting a password works, if it is not used before.
    link_age: SignedDuration = "1d", Ours;
}
