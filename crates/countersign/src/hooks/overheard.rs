//! The users and the events with an ear for the hooks.

use super::conversation::Conversation;
use super::{ClaimsContext, DynClaimsHook};
use countersign_core::clock::Timestamp;
use countersign_core::event::{Events, LoginEvent, ReuseEvent};
use countersign_core::json::Object;
use countersign_core::store::{Act, Memberships, StoreError, Users};
use countersign_core::user::{User, UserId, UserKey};
use std::sync::Arc;

/// Passes everything on, and tells the conversation what it hears.
pub(crate) struct Overheard {
    pub(crate) users: Arc<dyn Users>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) claims: Option<Arc<dyn DynClaimsHook>>,
}

impl Users for Overheard {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { Ok(self.users.find_by_username(username).await?.inspect(Conversation::learn)) })
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { Ok(self.users.find_by_key(key).await?.inspect(Conversation::learn)) })
    }

    fn find_recent(&self, key: UserKey<'_>) -> Option<Arc<User>> {
        self.users.find_recent(key).inspect(Conversation::learn)
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        self.users.replace_password(id, old, new)
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        self.users.record_login(id, at)
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        self.users.memberships(id)
    }

    fn computed_claims<'a>(&'a self, user: &'a User) -> Act<'a, Object> {
        let Some(hook) = &self.claims else { return self.users.computed_claims(user) };
        Box::pin(async move {
            let conversation = Conversation::present();
            let request = conversation.as_deref().map(|conversation| &conversation.request);
            hook.ask(ClaimsContext { user, request }).await.map_err(StoreError::new)
        })
    }
}

impl Events for Overheard {
    fn login(&self, event: &LoginEvent<'_>) {
        self.events.login(event);
        Conversation::hear(event);
    }

    fn reuse(&self, event: &ReuseEvent<'_>) {
        self.events.reuse(event);
    }
}

/// Shows users whom a rule refuses as inactive: `USER_AUTHENTICATION_RULE`.
pub(crate) struct Ruled {
    pub(crate) users: Arc<dyn Users>,
    pub(crate) rule: Rule,
}

/// Says whether somebody who is active may hold tokens.
#[derive(Clone)]
pub(crate) struct Rule(pub(crate) Arc<dyn Fn(&User) -> bool + Send + Sync>);

impl Ruled {
    fn judge(&self, user: Arc<User>) -> Arc<User> {
        if !user.is_active || (self.rule.0)(&user) {
            return user;
        }
        Arc::new(User { is_active: false, ..User::clone(&user) })
    }
}

impl Users for Ruled {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { Ok(self.users.find_by_username(username).await?.map(|user| self.judge(user))) })
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { Ok(self.users.find_by_key(key).await?.map(|user| self.judge(user))) })
    }

    fn find_recent(&self, key: UserKey<'_>) -> Option<Arc<User>> {
        self.users.find_recent(key).map(|user| self.judge(user))
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        self.users.replace_password(id, old, new)
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        self.users.record_login(id, at)
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        self.users.memberships(id)
    }

    fn computed_claims<'a>(&'a self, user: &'a User) -> Act<'a, Object> {
        self.users.computed_claims(user)
    }
}
