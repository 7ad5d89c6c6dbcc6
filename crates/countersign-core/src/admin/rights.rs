//! Who may do what.

use crate::store::Memberships;
use crate::user::User;
use std::collections::BTreeSet;

/// Whether a user may enter the admin pages at all: active, and staff or superuser.
///
/// Django's admin asks for `is_staff`; a superuser without it may do everything here all the same.
#[must_use]
pub fn may_enter(user: &User) -> bool {
    user.is_active && (user.is_staff || user.is_superuser)
}

/// Something that may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Look at users.
    ViewUsers,
    /// Make users.
    AddUsers,
    /// Change users: names, groups, passwords, whether they are active.
    ChangeUsers,
    /// Delete users.
    DeleteUsers,
    /// Look at outstanding and blacklisted tokens.
    ViewTokens,
    /// Everything else: what is going on, the audit trail, the configuration, keys, the token debugger.
    Operate,
}

/// What one administrator may do: a superuser everything; staff what Django's permissions say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    is_superuser: bool,
    rights: BTreeSet<Right>,
}

/// Django's permissions, and the rights that each gives.
const PERMISSIONS: [(&str, &[Right]); 6] = [
    ("auth.view_user", &[Right::ViewUsers]),
    ("auth.add_user", &[Right::ViewUsers, Right::AddUsers]),
    ("auth.change_user", &[Right::ViewUsers, Right::ChangeUsers]),
    ("auth.delete_user", &[Right::ViewUsers, Right::DeleteUsers]),
    ("token_blacklist.view_outstandingtoken", &[Right::ViewTokens]),
    ("token_blacklist.view_blacklistedtoken", &[Right::ViewTokens]),
];

impl Rights {
    /// The rights of somebody who may enter.
    #[must_use]
    pub fn of(user: &User, memberships: &Memberships) -> Self {
        let given =
            PERMISSIONS.iter().filter(|(name, _)| memberships.permissions.iter().any(|own| own == name));
        Self {
            is_superuser: user.is_superuser,
            rights: given.flat_map(|(_, rights)| rights.iter().copied()).collect(),
        }
    }

    /// Whether they may do everything.
    #[must_use]
    pub const fn is_superuser(&self) -> bool {
        self.is_superuser
    }

    /// Whether they have a right.
    #[must_use]
    pub fn have(&self, right: Right) -> bool {
        self.is_superuser || self.rights.contains(&right)
    }

    /// Whether they may change, delete or set the password of this user, given that they may do so to users at all.
    /// Only a superuser touches those who may enter here: nobody can make themselves more than they are.
    #[must_use]
    pub fn may_touch(&self, user: &User) -> bool {
        self.is_superuser || !(user.is_staff || user.is_superuser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(is_staff: bool, is_superuser: bool) -> User {
        User { is_staff, is_superuser, ..User::new("ann", "") }
    }

    fn permissions(names: &[&str]) -> Memberships {
        Memberships { groups: Vec::new(), permissions: names.iter().map(|&name| name.to_owned()).collect() }
    }

    #[test]
    fn only_active_staff_and_superusers_enter() {
        assert!(may_enter(&user(true, false)) && may_enter(&user(false, true)));
        assert!(!may_enter(&user(false, false)));
        assert!(!may_enter(&User { is_active: false, ..user(true, true) }));
    }

    #[test]
    fn staff_have_what_their_permissions_say_and_no_more() {
        let rights = Rights::of(&user(true, false), &permissions(&["auth.change_user", "blog.change_user"]));
        assert!(rights.have(Right::ViewUsers) && rights.have(Right::ChangeUsers));
        for right in [Right::AddUsers, Right::DeleteUsers, Right::ViewTokens, Right::Operate] {
            assert!(!rights.have(right), "{right:?}");
        }
    }

    #[test]
    fn staff_touch_nobody_who_may_enter() {
        let rights = Rights::of(&user(true, false), &permissions(&["auth.change_user"]));
        assert!(rights.may_touch(&user(false, false)));
        assert!(!rights.may_touch(&user(true, false)) && !rights.may_touch(&user(false, true)));
        assert!(Rights::of(&user(false, true), &permissions(&[])).may_touch(&user(true, true)));
    }
}
