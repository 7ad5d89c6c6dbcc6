//! What the audit trail says where sessions are ended.

use super::Deed;
use crate::json::Object;
use crate::user::User;

/// Which sessions an administrator ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked<'a> {
    /// The one of this id.
    One(&'a str),
    /// All but the one of this id.
    AllBut(&'a str),
    /// All.
    All,
}

/// Ending sessions of a user; without one, of everybody, or a session of nobody.
#[must_use]
pub fn revocation(owner: Option<&User>, which: Revoked<'_>) -> Deed {
    let (name, value) = match which {
        Revoked::One(id) => ("session", id),
        Revoked::AllBut(id) => ("sessions_but", id),
        Revoked::All => ("sessions", "all"),
    };
    let deed = match (owner, which) {
        (Some(user), _) => Deed::about(user, ACT),
        (None, Revoked::One(_)) => Deed { act: ACT, subject_name: "nobody".to_owned(), ..Deed::default() },
        (None, _) => Deed { act: ACT, subject_name: "everybody".to_owned(), ..Deed::default() },
    };
    Deed { before: Some(Object::from([(name, value.to_owned())])), ..deed }
}

const ACT: &str = "session revoke";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whose_sessions_were_ended_and_which() {
        let ann = User::new("ann", "");
        let one = revocation(Some(&ann), Revoked::One("1"));
        assert_eq!((one.act, &*one.subject_name, one.subject), (ACT, "ann", Some(ann.id)));
        assert_eq!(one.before, Some(Object::from([("session", "1".to_owned())])));
        assert_eq!(revocation(None, Revoked::All).subject_name, "everybody");
        assert_eq!(revocation(None, Revoked::One("1")).subject_name, "nobody");
    }
}
