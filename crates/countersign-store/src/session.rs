//! What is said of sessions, as it is sent to another thread.

use crate::judge::Presented;
use countersign_core::event::Origin;
use countersign_core::store::{Ending, NewSession, Record, Renew, SessionListing, kept_user_agent};
use countersign_core::user::UserId;

/// From where a token is used, as it is written down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
}

impl From<Origin<'_>> for Client {
    fn from(origin: Origin<'_>) -> Self {
        Self {
            address: origin.address.map(|address| address.to_string()),
            user_agent: origin.user_agent.map(|agent| kept_user_agent(agent).to_owned()),
        }
    }
}

/// A [`NewSession`] that can be sent to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) id: String,
    pub(crate) fingerprint: Option<String>,
    pub(crate) client: Client,
}

impl From<NewSession<'_>> for Beginning {
    fn from(session: NewSession<'_>) -> Self {
        Self {
            id: session.id.to_owned(),
            fingerprint: session.fingerprint.map(str::to_owned),
            client: Client::from(session.origin),
        }
    }
}

/// A [`Renew`] that can be sent to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    pub(crate) presented: Presented,
    pub(crate) successor: Option<Record>,
}

impl From<Renew<'_>> for Renewal {
    fn from(renew: Renew<'_>) -> Self {
        let Renew { presented, successor, family, must_be_active, at, terms, origin } = renew;
        let presented = Presented {
            token: presented.clone(),
            family: family.to_owned(),
            must_be_active,
            at,
            terms,
            client: Client::from(origin),
        };
        Self { presented, successor: successor.cloned() }
    }
}

/// An [`Ending`] that can be sent to another thread.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    Of(UserId),
    Others(UserId, String),
    All { after: i64 },
}

impl From<Ending<'_>> for Whose {
    fn from(which: Ending<'_>) -> Self {
        match which {
            Ending::Of(user) => Self::Of(user.clone()),
            Ending::Others { user, but } => Self::Others(user.clone(), but.to_owned()),
            Ending::All { after } => Self::All { after },
        }
    }
}

/// A [`SessionListing`] that can be sent to another thread.
#[derive(Clone, Debug)]
pub(crate) struct SessionPage {
    pub(crate) user: Option<UserId>,
    pub(crate) after: String,
    pub(crate) rule: SessionListing<'static>,
}

impl From<SessionListing<'_>> for SessionPage {
    fn from(listing: SessionListing<'_>) -> Self {
        Self {
            user: listing.user.cloned(),
            after: listing.after.unwrap_or_default().to_owned(),
            rule: SessionListing { user: None, after: None, ..listing },
        }
    }
}
