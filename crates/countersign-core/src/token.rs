//! Tokens.

/// The kinds of token, by simplejwt's class names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// `AccessToken`
    Access,
    /// `RefreshToken`
    Refresh,
    /// `SlidingToken`
    Sliding,
    /// `UntypedToken`: any kind, for the verify endpoint.
    Untyped,
}
