//! Names of members, which are nearly always the same few.

use std::borrow::Cow;

/// Keeps a name, without a copy where it is one that most tokens have.
pub(super) fn keep(name: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Borrowed(match &*name {
        "alg" => "alg",
        "aud" => "aud",
        "email" => "email",
        "exp" => "exp",
        "iat" => "iat",
        "iss" => "iss",
        "jti" => "jti",
        "kid" => "kid",
        "nbf" => "nbf",
        "orig_iat" => "orig_iat",
        "refresh_exp" => "refresh_exp",
        "sub" => "sub",
        "token_type" => "token_type",
        "typ" => "typ",
        "user_id" => "user_id",
        "username" => "username",
        _ => return Cow::Owned(name.into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_it_was() {
        for name in ["alg", "user_id", "refresh_exp", "Alg", "user_id ", "", "é"] {
            assert_eq!(keep(Cow::Borrowed(name)), name);
        }
        assert!(matches!(keep(Cow::Owned("exp".to_owned())), Cow::Borrowed("exp")));
    }
}
