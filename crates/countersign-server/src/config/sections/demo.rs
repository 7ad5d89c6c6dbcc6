use crate::config::setting::section;

section! {
    /// Endpoints to try tokens on.
    pub struct Demo = "demo";

    /// Serves `/hello/`, which answers whoever brings a token.
    enabled: bool = false, Ours;
    /// `/hello/` takes the token's word for who it is and looks no user up (`JWTStatelessUserAuthentication`).
    stateless: bool = false, Ours;
}
