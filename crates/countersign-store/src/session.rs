//! What is said of sessions, as it is sent to another thread.

use crate::judge::Presented;
use countersign_core::event::Origin;
use countersign_core::store::{
    Ending, NewSession, Record, Renew, Session, SessionList, SessionListing, kept_user_agent,
};
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

/// How many rows are read at once where more than a page is needed.
const ROWS: u32 = 1000;

/// A page that is being filled: what is over is known only once it is read.
#[derive(Debug)]
pub(crate) struct Filling {
    rule: SessionListing<'static>,
    /// Behind which id is read next.
    pub(crate) after: String,
    looked_at: u32,
    sessions: Vec<Session>,
}

impl Filling {
    pub(crate) fn of(page: &SessionPage) -> Self {
        Self { rule: page.rule, after: page.after.clone(), looked_at: 0, sessions: Vec::new() }
    }

    /// How many rows are read next: a page first, and one more that says whether there are others.
    pub(crate) fn rows(&self) -> u32 {
        let rows = if self.looked_at == 0 { self.rule.limit.saturating_add(1) } else { ROWS };
        rows.min(self.rule.budget.saturating_sub(self.looked_at)).max(1)
    }

    /// Takes what was read, each with the present hash of its user. The page, once it is done.
    pub(crate) fn take(&mut self, read: Vec<(Session, Option<String>)>) -> Option<SessionList> {
        let (rows, limit) = (self.rows(), self.rule.limit as usize);
        let count = u32::try_from(read.len()).unwrap_or(u32::MAX);
        for (session, hash) in read {
            let is_live = self.rule.shows(&session, hash.as_deref());
            if is_live && self.sessions.len() == limit {
                return Some(self.done(self.sessions.last().map(|last| last.id.clone()), false));
            }
            self.after.clone_from(&session.id);
            self.sessions.extend(is_live.then_some(session));
        }
        self.looked_at += count;
        if count < rows {
            return Some(self.done(None, false));
        }
        let is_spent = self.looked_at >= self.rule.budget;
        is_spent.then(|| self.done(Some(self.after.clone()), self.sessions.len() < limit))
    }

    fn done(&mut self, next: Option<String>, is_cut_short: bool) -> SessionList {
        SessionList { sessions: std::mem::take(&mut self.sessions), next, is_cut_short }
    }
}
