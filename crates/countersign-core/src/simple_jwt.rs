//! What can be done with simplejwt's tokens, one file a deed. Each says what happened as an enum; words and
//! status codes are the dialect's.

mod authenticate;
mod blacklist;
mod ended;
mod issue;
mod obtain;
mod refresh;
mod sliding;
mod verify;

pub use self::authenticate::{Authentication, Mode, authenticate};
pub use self::blacklist::blacklist;
pub use self::ended::is_ended;
pub use self::issue::{Preview, issue, preview};
pub use self::obtain::{Obtained, obtain};
pub use self::refresh::refresh;
pub use self::sliding::{Slid, issue_sliding, obtain_sliding, preview_sliding, refresh_sliding};
pub use self::verify::{Verification, verify};
pub use crate::session::{Ended as Blacklisted, Issued, Refreshed};

use crate::authority::{Authority, Trouble};
use crate::session::{
    Holder, Pair, Renewing, declared, encode, go_on, holder, is_blacklisted, is_listed, read, record_first,
};
use crate::settings::Passwords;
use crate::token::Tokens;
use crate::user::User;

/// The dialect as the rules see it.
#[derive(Clone, Debug)]
pub struct SimpleJwtRules {
    /// How its tokens are made and read.
    pub tokens: Tokens,
    /// How its users prove who they are.
    pub passwords: Passwords,
}

impl SimpleJwtRules {
    /// Both tokens of a session are made and read alike.
    const fn pair(&self) -> Pair<'_> {
        Pair { refresh: &self.tokens, access: &self.tokens, renews_nameless: true }
    }
}

/// `UPDATE_LAST_LOGIN`: writes down that a user was given tokens for a password, where that is wanted.
async fn record_login(authority: &Authority, rules: &SimpleJwtRules, user: &User) -> Result<(), Trouble> {
    if rules.tokens.settings().update_last_login {
        authority.users.record_login(&user.id, authority.now()).await?;
    }
    Ok(())
}
