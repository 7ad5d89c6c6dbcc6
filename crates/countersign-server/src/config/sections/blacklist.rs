use crate::config::setting::section;

section! {
    /// Tokens that ended before their time, in the tables of simplejwt's `token_blacklist` app.
    pub struct Blacklist = "blacklist";

    /// Refresh tokens are recorded and can be ended. `false`: as a Django project without the app.
    enabled: bool = true, As("INSTALLED_APPS");
    /// Outstanding tokens are stored whole, as Django does. `false`: a digest in their place; Django finds
    /// them by their id all the same.
    store_raw_tokens: bool = true, Ours;
}
