//! How an access token is known to belong to a session.

use crate::store::handle;

/// The id of an access token: the first half of the id of the refresh token that it comes from, and the second half of
/// a fresh id.
///
/// Both are 16 hexadecimal digits of a random UUID, so that the whole looks like any id of simplejwt's and no claim is
/// added for it; of the fresh half 62 bits are random, which is enough among the tokens of one session. Where the refresh
/// token's id is of another kind, `fresh` is taken whole, and nothing leads from the access token to its session.
pub(crate) fn linked(refresh: &str, fresh: String) -> String {
    match (handle(refresh), handle(&fresh)) {
        (Some(head), Some(_)) => format!("{head}{}", &fresh[head.len()..]),
        _ => fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random, SystemRandom};

    #[test]
    fn a_linked_id_is_a_uuid_of_the_same_session() {
        let random: &dyn Random = &SystemRandom;
        let (refresh, fresh) = (random.jti(), random.jti());
        let jti = linked(&refresh, fresh.clone());
        assert_eq!(handle(&jti), handle(&refresh));
        assert_eq!(jti[16..], fresh[16..]);
        assert_eq!(&jti[12..13], "4");
        assert!(matches!(&jti[16..17], "8" | "9" | "a" | "b"));
    }

    #[test]
    fn an_id_of_another_kind_gives_nothing_away() {
        assert_eq!(linked("first", "0123".to_owned()), "0123");
    }
}
