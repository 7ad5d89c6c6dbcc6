//! Acts on users, each with its line in the audit trail. The admin pages and the command line share them.

use crate::clock::Timestamp;
use crate::event::Origin;
use crate::json::{Object, Value};
use crate::store::{
    Actor, AddOutcome, AuditEntry, AuditOutcome, AuditTrail, Deletion, Directory, EditOutcome, StoreError,
    UserAdmin, UserChange, UserEdit,
};
use crate::user::{NewUser, User, UserId};

/// Who does an act, from where and when.
#[derive(Clone, Debug)]
pub struct Performer<'a> {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin<'a>,
    /// When.
    pub at: Timestamp,
}

/// What is done.
#[derive(Clone, Debug, Default)]
pub struct Deed {
    /// A noun and a verb, as the command line has them.
    pub act: &'static str,
    /// Whom it is about, if a user.
    pub subject: Option<UserId>,
    /// What it is about, in words.
    pub subject_name: String,
    /// What it was before. Never a secret.
    pub before: Option<Object>,
    /// What it is to be. Never a secret.
    pub after: Option<Object>,
}

impl Deed {
    /// An act on a user.
    #[must_use]
    pub fn about(user: &User, act: &'static str) -> Self {
        Self { act, subject: Some(user.id.clone()), subject_name: user.username.clone(), ..Self::default() }
    }

    /// What changes.
    #[must_use]
    pub fn change(mut self, before: Object, after: Object) -> Self {
        (self.before, self.after) = (Some(before), Some(after));
        self
    }
}

/// Writes an act down, does it, and writes down what became of it.
///
/// The line comes first: where it cannot be written, nothing is done. Where the outcome cannot be written any more the
/// act is done all the same, and its line says that nobody knows how it ended.
///
/// # Errors
/// [`StoreError`] of the first line or of the act itself.
pub async fn audited<T>(
    trail: &dyn AuditTrail,
    performer: &Performer<'_>,
    deed: Deed,
    act: impl Future<Output = Result<(AuditOutcome, T), StoreError>>,
) -> Result<T, StoreError> {
    let entry = AuditEntry {
        at: performer.at,
        actor: performer.actor.clone(),
        address: performer.origin.address.map(|address| address.to_string()),
        user_agent: performer.origin.user_agent.map(str::to_owned),
        act: deed.act,
        subject: deed.subject,
        subject_name: deed.subject_name,
        before: deed.before.map(|before| Value::from(before).to_utf8()),
        after: deed.after.map(|after| Value::from(after).to_utf8()),
    };
    let line = trail.begin_audit(&entry).await?;
    let result = act.await;
    let outcome = result.as_ref().map_or(AuditOutcome::Failed, |(outcome, _)| *outcome);
    let _ = trail.finish_audit(line, outcome).await;
    result.map(|(_, value)| value)
}

/// Does acts on users for somebody.
#[derive(Clone)]
pub struct Clerk<'a> {
    /// The user table.
    pub users: &'a dyn UserAdmin,
    /// The user table, once more.
    pub directory: &'a dyn Directory,
    /// Where each act is written down.
    pub trail: &'a dyn AuditTrail,
    /// For whom.
    pub performer: Performer<'a>,
}

impl Clerk<'_> {
    /// Makes a user.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn add(&self, new: &NewUser) -> Result<AddOutcome, StoreError> {
        let user = &new.user;
        let deed = Deed {
            act: "user add",
            subject_name: user.username.clone(),
            after: Some(described(user)),
            ..Deed::default()
        };
        self.audited(deed, async {
            let added = self.users.add(new).await?;
            Ok((done(matches!(added, AddOutcome::Added(_))), added))
        })
        .await
    }

    /// Makes a user what they are to be. `groups` are those they are in now.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn edit(
        &self,
        user: &User,
        groups: &[String],
        edit: &UserEdit,
    ) -> Result<EditOutcome, StoreError> {
        let (before, after) = changed(user, groups, edit);
        self.audited(Deed::about(user, "user edit").change(before, after), async {
            let outcome = self.directory.edit_user(&user.id, edit, self.performer.at).await?;
            Ok((done(outcome == EditOutcome::Edited), outcome))
        })
        .await
    }

    /// Disables or enables a user. Says whether there is one.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn set_active(&self, user: &User, is_active: bool) -> Result<bool, StoreError> {
        let act = if is_active { "user enable" } else { "user disable" };
        let deed =
            Deed::about(user, act).change(truth("is_active", user.is_active), truth("is_active", is_active));
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        self.update(deed, user, change).await
    }

    /// Gives a user another password, which ends their sessions unless they are kept. Says whether there is such a user.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn set_password(
        &self,
        user: &User,
        encoded: &str,
        keeps_sessions: bool,
    ) -> Result<bool, StoreError> {
        let change = UserChange { password: Some(encoded), keeps_sessions, ..UserChange::default() };
        self.update(Deed::about(user, "user password"), user, change).await
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`StoreError`] where the database did not do its part.
    pub async fn delete(&self, user: &User) -> Result<Deletion, StoreError> {
        let deed = Deed { before: Some(described(user)), ..Deed::about(user, "user delete") };
        self.audited(deed, async {
            let deletion = self.users.delete(&user.id, self.performer.at).await?;
            Ok((done(deletion == Deletion::Deleted), deletion))
        })
        .await
    }

    async fn update(&self, deed: Deed, user: &User, change: UserChange<'_>) -> Result<bool, StoreError> {
        self.audited(deed, async {
            let is_there = self.users.update(&user.id, change, self.performer.at).await?;
            Ok((done(is_there), is_there))
        })
        .await
    }

    async fn audited<T>(
        &self,
        deed: Deed,
        act: impl Future<Output = Result<(AuditOutcome, T), StoreError>>,
    ) -> Result<T, StoreError> {
        audited(self.trail, &self.performer, deed, act).await
    }
}

const fn done(done: bool) -> AuditOutcome {
    if done { AuditOutcome::Done } else { AuditOutcome::Refused }
}

fn truth(name: &str, truth: bool) -> Object {
    let mut object = Object::new();
    object.insert(name, truth);
    object
}

/// A user by Django's columns, without the password.
fn described(user: &User) -> Object {
    let mut object = Object::new();
    object.insert("username", &*user.username);
    object.insert("email", &*user.email);
    object.insert("first_name", &*user.first_name);
    object.insert("last_name", &*user.last_name);
    object.insert("is_active", user.is_active);
    object.insert("is_staff", user.is_staff);
    object.insert("is_superuser", user.is_superuser);
    object
}

/// Only what differs, before and after.
fn changed(user: &User, groups: &[String], edit: &UserEdit) -> (Object, Object) {
    let (mut before, mut after) = (Object::new(), Object::new());
    for (name, old, new) in [
        ("username", &user.username, &edit.username),
        ("email", &user.email, &edit.email),
        ("first_name", &user.first_name, &edit.first_name),
        ("last_name", &user.last_name, &edit.last_name),
    ] {
        if old != new {
            before.insert(name, old.as_str());
            after.insert(name, new.as_str());
        }
    }
    for (name, old, new) in [
        ("is_active", user.is_active, edit.is_active),
        ("is_staff", user.is_staff, edit.is_staff),
        ("is_superuser", user.is_superuser, edit.is_superuser),
    ] {
        if old != new {
            before.insert(name, old);
            after.insert(name, new);
        }
    }
    if let Some(wanted) = edit.groups.as_ref().filter(|wanted| wanted.as_slice() != groups) {
        before.insert("groups", groups.join(", "));
        after.insert("groups", wanted.join(", "));
    }
    (before, after)
}
