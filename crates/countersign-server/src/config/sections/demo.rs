use crate::config::setting::section;

section! {
    /// Endpoints to try tokens on.
    pub struct Demo = "demo";

    /// Serves `/hello/`, which answers whoever brings a token.
    enabled: bool = false, Ours;
}
