//! Sessions in memory.

use super::{MemoryStore, Tables};
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::store::{
    Act, EndedSessions, Ending, NewSession, Record, Renew, Rotation, Session, SessionList, SessionListing,
    Sessions, Standing, Terms, USE_IS_WRITTEN_AFTER, fingerprint, handle, kept_user_agent,
};
use crate::user::UserId;

/// A token that is used, whether or not it stays good.
pub(super) struct Presented<'a> {
    pub(super) token: &'a Record,
    pub(super) must_be_active: bool,
    pub(super) at: Timestamp,
    pub(super) terms: Terms,
}

/// What the tables say of a token.
pub(super) enum Verdict {
    /// It is good.
    Live,
    /// It was used or revoked before.
    Dead,
    /// It is refused for another reason.
    Refused(Rotation),
}

impl Tables {
    pub(super) fn judge(&mut self, presented: &Presented<'_>) -> Verdict {
        if presented.terms.precede(self.epoch) {
            return Verdict::Refused(Rotation::Blacklisted);
        }
        if self.outstanding.get(&presented.token.jti).is_some_and(|token| token.blacklisted) {
            return Verdict::Dead;
        }
        self.refuse(presented).map_or(Verdict::Live, Verdict::Refused)
    }

    /// Why the session or the user of a token lets nobody in.
    pub(super) fn refuse(&mut self, presented: &Presented<'_>) -> Option<Rotation> {
        let Presented { token, must_be_active, at, terms } = presented;
        let id = self.outstanding.get(&token.jti).and_then(|token| token.family.clone());
        let session = id.and_then(|id| self.families.get(&id));
        if session.is_some_and(|session| terms.limits.are_over(session.created_at, session.used_at, *at)) {
            return Some(Rotation::Over);
        }
        let Some(user) = self.users.get(token.user.as_ref()?) else { return Some(Rotation::UserGone) };
        if *must_be_active && !user.is_active {
            return Some(Rotation::UserInactive);
        }
        let session = session.filter(|_| terms.tied_to_password)?;
        if session.is_of_password(&user.password) {
            return None;
        }
        let id = session.id.clone();
        self.end(&id, *at);
        Some(Rotation::PasswordChanged)
    }

    pub(super) fn begin(&mut self, first: &Record, session: NewSession<'_>, at: Timestamp) {
        let NewSession { id, fingerprint, origin } = session;
        self.write_down(first).family = Some(id.to_owned());
        let session = Session {
            id: id.to_owned(),
            user: first.user.clone(),
            created_at: at,
            used_at: at,
            address: origin.address,
            user_agent: origin.user_agent.map(|agent| kept_user_agent(agent).to_owned()),
            expires_at: first.expires_at,
            ended_at: None,
            fingerprint: fingerprint.map(str::to_owned),
        };
        self.families.insert(id.to_owned(), session);
    }

    /// The session of a token, which is one under `id` from now on if it had none.
    pub(super) fn enter(&mut self, token: &Record, id: &str, origin: Origin<'_>, at: Timestamp) -> String {
        if let Some(family) = self.write_down(token).family.clone() {
            return family;
        }
        let user = token.user.as_ref().and_then(|user| self.users.get(user));
        let remembered = user.map(|user| fingerprint(id, &user.password));
        self.begin(token, NewSession { id, fingerprint: remembered.as_deref(), origin }, at);
        id.to_owned()
    }

    pub(super) fn touch(&mut self, id: &str, origin: Origin<'_>, at: Timestamp, end: Timestamp) {
        let Some(session) = self.families.get_mut(id) else { return };
        session.used_at = at;
        session.address = origin.address;
        session.user_agent = origin.user_agent.map(|agent| kept_user_agent(agent).to_owned());
        session.expires_at = session.expires_at.max(end);
        if let Some(user) = session.user.as_ref().and_then(|user| self.users.get(user)) {
            session.fingerprint.get_or_insert_with(|| fingerprint(&session.id, &user.password));
        }
    }

    /// Ends a session. Says whether it had not ended.
    pub(super) fn end(&mut self, id: &str, at: Timestamp) -> bool {
        let Some(session) = self.families.get_mut(id) else { return false };
        let before = session.ended_at.is_some();
        session.ended_at.get_or_insert(at);
        let members = self.outstanding.values_mut().filter(|token| token.family.as_deref() == Some(id));
        members.for_each(|token| token.blacklisted = true);
        !before
    }

    /// Ends the sessions of a user, or all, but one that stays, and with it what is outstanding without a session.
    pub(super) fn end_all(
        &mut self,
        user: Option<&UserId>,
        but: Option<&str>,
        at: Timestamp,
    ) -> EndedSessions {
        let is_theirs = |owner: Option<&UserId>| user.is_none_or(|user| owner == Some(user));
        let sessions = self.families.values().filter(|session| {
            session.ended_at.is_none()
                && session.created_at <= at
                && is_theirs(session.user.as_ref())
                && but != Some(&session.id)
        });
        let ids: Vec<_> = sessions.map(|session| session.id.clone()).collect();
        let sessions = ids.iter().filter(|id| self.end(id, at)).count() as u64;
        let mut ended = EndedSessions { sessions, tokens: 0, next: None };
        if but.is_none() {
            for token in self.outstanding.values_mut() {
                let is_alone = !token.blacklisted && token.family.is_none() && token.expires_at >= at;
                if is_alone && token.created_at <= at && is_theirs(token.user.as_ref()) {
                    token.blacklisted = true;
                    ended.tokens += 1;
                }
            }
        }
        ended
    }

    fn renew(&mut self, renew: &Renew<'_>) -> Rotation {
        let Renew { presented, successor, family, must_be_active, at, terms, origin } = *renew;
        match self.judge(&Presented { token: presented, must_be_active, at, terms }) {
            Verdict::Dead => return Rotation::Blacklisted,
            Verdict::Refused(rotation) => return rotation,
            Verdict::Live => {}
        }
        let id = self.enter(presented, family, origin, at);
        let end = successor.map_or(presented.expires_at, |successor| successor.expires_at);
        if let Some(successor) = successor {
            self.write_down(successor).family = Some(id.clone());
        }
        let used_at = self.families.get(&id).map(|session| session.used_at);
        if successor.is_some()
            || used_at.is_none_or(|used_at| at.duration_since(used_at) > USE_IS_WRITTEN_AFTER)
        {
            self.touch(&id, origin, at, end);
        }
        Rotation::Rotated
    }

    /// Whether a session is listed.
    fn is_listed(&self, session: &Session, listing: &SessionListing<'_>) -> bool {
        let owner = session.user.as_ref().and_then(|user| self.users.get(user));
        listing.shows(session, owner.map(|user| &*user.password))
            && listing.user.is_none_or(|user| session.user.as_ref() == Some(user))
            && listing.after.is_none_or(|after| *session.id > *after)
    }
}

impl Sessions for MemoryStore {
    fn renew<'a>(&'a self, renew: Renew<'a>) -> Act<'a, Rotation> {
        self.act(move |tables| tables.renew(&renew))
    }

    fn list_sessions<'a>(&'a self, listing: SessionListing<'a>) -> Act<'a, SessionList> {
        self.act(move |tables| {
            let found = tables.families.values().filter(|session| tables.is_listed(session, &listing));
            let mut found = found.cloned();
            let sessions: Vec<_> = found.by_ref().take(listing.limit as usize).collect();
            let next = found.next().and_then(|_| Some(sessions.last()?.id.clone()));
            SessionList { sessions, next, is_cut_short: false }
        })
    }

    fn find_session<'a>(&'a self, id: &'a str) -> Act<'a, Option<Session>> {
        self.act(move |tables| tables.families.get(id).cloned())
    }

    fn standing<'a>(&'a self, jti: &'a str, user: &'a UserId) -> Act<'a, Standing> {
        self.act(move |tables| {
            let handle = handle(jti);
            let is_linked = |other: &String| handle.is_some_and(|handle| other.starts_with(handle));
            let linked = tables.outstanding.iter().filter(|(jti, _)| is_linked(jti));
            let mut sessions =
                linked.filter_map(|(_, token)| tables.families.get(token.family.as_ref()?)).cloned();
            let session = sessions.find(|session| session.user.as_ref() == Some(user));
            Standing { session, epoch: tables.epoch }
        })
    }

    fn end_session<'a>(&'a self, id: &'a str, user: Option<&'a UserId>, at: Timestamp) -> Act<'a, bool> {
        self.act(move |tables| {
            let session = tables.families.get(id);
            let is_theirs =
                user.is_none_or(|user| session.and_then(|found| found.user.as_ref()) == Some(user));
            is_theirs && tables.end(id, at)
        })
    }

    fn end_sessions<'a>(&'a self, which: Ending<'a>, at: Timestamp, _: u32) -> Act<'a, EndedSessions> {
        self.act(move |tables| match which {
            Ending::Of(user) => tables.end_all(Some(user), None, at),
            Ending::Others { user, but } => tables.end_all(Some(user), Some(but), at),
            Ending::All { .. } => tables.end_all(None, None, at),
        })
    }

    fn begin_epoch(&self, at: Timestamp) -> Act<'_, ()> {
        self.act(move |tables| tables.epoch = tables.epoch.max(Some(at)))
    }

    fn epoch(&self) -> Act<'_, Option<Timestamp>> {
        self.act(|tables| tables.epoch)
    }
}
