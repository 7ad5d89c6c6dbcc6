//! Permissions of permissions: the framework's `&`, `|` and `~`.

use super::{Permission, Visit};
use crate::rejection::Rejection;
use std::borrow::Cow;

/// Both must admit; the second is not asked where the first refuses. Made by [`Permission::and`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct And<A, B>(pub(super) A, pub(super) B);

/// One must admit; the second is not asked where the first does. Made by [`Permission::or`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Or<A, B>(pub(super) A, pub(super) B);

/// It must refuse. Made by [`Permission::not`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Not<A>(pub(super) A);

impl<A: Permission, B: Permission> Permission for And<A, B> {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(self.0.has_permission(visit).await? && self.1.has_permission(visit).await?)
    }

    fn message(&self) -> Option<&str> {
        self.0.message().or_else(|| self.1.message())
    }

    fn name(&self) -> Cow<'static, str> {
        format!("{} & {}", self.0.name(), self.1.name()).into()
    }
}

impl<A: Permission, B: Permission> Permission for Or<A, B> {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(self.0.has_permission(visit).await? || self.1.has_permission(visit).await?)
    }

    fn message(&self) -> Option<&str> {
        self.0.message().or_else(|| self.1.message())
    }

    fn name(&self) -> Cow<'static, str> {
        format!("({} | {})", self.0.name(), self.1.name()).into()
    }
}

impl<A: Permission> Permission for Not<A> {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(!self.0.has_permission(visit).await?)
    }

    fn name(&self) -> Cow<'static, str> {
        format!("~{}", self.0.name()).into()
    }
}
