//! Users that are kept anywhere, behind three methods.

use axum::BoxError;
use countersign_core::clock::Timestamp;
use countersign_core::store::{Act, Memberships, StoreError, Users};
use countersign_core::user::{User, UserId, UserKey};
use std::sync::Arc;

/// Where users are, in the fewest words: three methods suffice.
///
/// ```
/// use countersign::{BoxError, User, UserId, UserStore};
/// use tokio::sync::RwLock;
///
/// /// A row of a table of the application's own.
/// struct Member {
///     id: i64,
///     login: String,
///     hash: String,
/// }
///
/// /// The table: in memory here, a pool of connections in most applications.
/// struct Members(RwLock<Vec<Member>>);
///
/// impl Members {
///     /// `SELECT id, login, hash FROM members WHERE …`
///     async fn find(&self, is_meant: impl Fn(&Member) -> bool) -> Option<User> {
///         let members = self.0.read().await;
///         let member = members.iter().find(|member| is_meant(member))?;
///         Some(User { id: UserId::Integer(member.id), ..User::new(&member.login, &member.hash) })
///     }
/// }
///
/// impl UserStore for Members {
///     async fn by_username(&self, username: &str) -> Result<Option<User>, BoxError> {
///         Ok(self.find(|member| member.login == username).await)
///     }
///
///     async fn by_id(&self, id: &str) -> Result<Option<User>, BoxError> {
///         Ok(self.find(|member| member.id.to_string() == id).await)
///     }
///
///     /// `UPDATE members SET hash = $3 WHERE id = $1 AND hash = $2`: it changes one row or none.
///     async fn replace_password(&self, id: &UserId, old: &str, new: &str) -> Result<bool, BoxError> {
///         let mut members = self.0.write().await;
///         let is_meant = |member: &&mut Member| UserId::Integer(member.id) == *id && member.hash == old;
///         let member = members.iter_mut().find(is_meant);
///         Ok(member.map(|member| member.hash = new.to_owned()).is_some())
///     }
/// }
///
/// # fn main() -> Result<(), countersign::BuildError> {
/// let countersign = countersign::Countersign::builder()
///     .secret_key("the secret key of the Django project next door")
///     .users(Members(RwLock::default()))
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// Hashes are in one of Django's formats; [`Countersign::make_password`](crate::Countersign::make_password) makes them.
///
/// What refresh tokens they have is written down elsewhere, or nowhere: see [`Builder::ledger`](crate::Builder::ledger). The
/// databases of `countersign-store` write down those of their own user table alone, which may have any name and columns
/// (`UserTable`): users in such a table need no `UserStore`, but [`Builder::store`](crate::Builder::store).
///
/// An error is the database's trouble: the client gets 503, the log the cause. Somebody who does not exist is no error.
pub trait UserStore: Send + Sync + 'static {
    /// Finds a user by exactly this name.
    ///
    /// # Errors
    /// The database did not do its part.
    fn by_username(&self, username: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send;

    /// Finds a user by primary key, as tokens carry it. A text that no key looks like finds nobody. Never stale: who was
    /// switched off before the call is seen to be.
    ///
    /// # Errors
    /// The database did not do its part.
    fn by_id(&self, id: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send;

    /// Replaces a hash by a stronger one of the same password, if it still is `old`; says whether it was. A store that
    /// says `false` keeps its hashes as they are.
    ///
    /// # Errors
    /// The database did not do its part.
    fn replace_password(
        &self,
        id: &UserId,
        old: &str,
        new: &str,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Finds a user by their address, for `user_id_field = "email"`. Finds nobody unless written.
    ///
    /// # Errors
    /// The database did not do its part.
    fn by_email(&self, _email: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send {
        async { Ok(None) }
    }

    /// Writes `last_login` down, for `update_last_login`. Does nothing unless written.
    ///
    /// # Errors
    /// The database did not do its part.
    fn record_login(
        &self,
        _id: &UserId,
        _at: Timestamp,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        async { Ok(()) }
    }

    /// Groups and permissions, for claims that carry them. None unless written.
    ///
    /// # Errors
    /// The database did not do its part.
    fn memberships(&self, _id: &UserId) -> impl Future<Output = Result<Memberships, BoxError>> + Send {
        async { Ok(Memberships::default()) }
    }
}

/// A user store as the rules want it.
pub(crate) struct Adapted<S>(pub(crate) S);

impl<S: UserStore> Users for Adapted<S> {
    fn find_by_username<'a>(&'a self, username: &'a str) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move { found(self.0.by_username(username).await) })
    }

    fn find_by_key<'a>(&'a self, key: UserKey<'a>) -> Act<'a, Option<Arc<User>>> {
        Box::pin(async move {
            found(match key.field {
                "username" => self.0.by_username(key.value).await,
                "email" => self.0.by_email(key.value).await,
                _ => self.0.by_id(key.value).await,
            })
        })
    }

    fn replace_password<'a>(&'a self, id: &'a UserId, old: &'a str, new: &'a str) -> Act<'a, bool> {
        Box::pin(async move { self.0.replace_password(id, old, new).await.map_err(StoreError::new) })
    }

    fn record_login<'a>(&'a self, id: &'a UserId, at: Timestamp) -> Act<'a, ()> {
        Box::pin(async move { self.0.record_login(id, at).await.map_err(StoreError::new) })
    }

    fn memberships<'a>(&'a self, id: &'a UserId) -> Act<'a, Memberships> {
        Box::pin(async move { self.0.memberships(id).await.map_err(StoreError::new) })
    }
}

fn found(user: Result<Option<User>, BoxError>) -> Result<Option<Arc<User>>, StoreError> {
    Ok(user.map_err(StoreError::new)?.map(Arc::new))
}
