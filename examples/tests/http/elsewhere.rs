//! Users that an application keeps itself, beside a database of ours: it works or it is refused before anybody logs in.

use countersign::{BoxError, BuildError, Countersign, User, UserId, UserStore};
use countersign_examples::{SECRET, demo_store};

/// Somebody who is in no table.
struct Ann;

impl UserStore for Ann {
    async fn by_username(&self, username: &str) -> Result<Option<User>, BoxError> {
        Ok((username == "ann").then(|| User::new(username, "!")))
    }

    async fn by_id(&self, _: &str) -> Result<Option<User>, BoxError> {
        Ok(None)
    }

    async fn replace_password(&self, _: &UserId, _: &str, _: &str) -> Result<bool, BoxError> {
        Ok(false)
    }
}

#[tokio::test]
async fn a_database_of_ours_is_no_ledger_for_users_that_are_kept_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = demo_store(folder.path().join("ours.db").to_str().unwrap()).await.unwrap();
    let builder = || Countersign::builder().secret_key(SECRET);
    let refused = builder().users(Ann).ledger(store.clone()).build().unwrap_err();
    assert!(matches!(refused, BuildError::LedgerOfOtherUsers), "{refused:?}");
    for remedy in ["`UserTable`", "`store`", "leave `ledger` out", "`Ledger` of your own"] {
        assert!(refused.to_string().contains(remedy), "{refused}");
    }
    builder().store(store.clone()).users(Ann).build().unwrap_err();
    builder().users(Ann).build().unwrap();
    builder().users(Ann).store(store.clone()).build().unwrap();
    builder().users_of(store.clone()).ledger(store).build().unwrap();
}
