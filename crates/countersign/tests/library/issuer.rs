//! The issuer for the tests of applications.

use countersign::testing::TestIssuer;
use countersign::{Reason, SignedDuration};

#[tokio::test]
async fn tokens_are_good_until_the_clock_says_otherwise() {
    let issuer = TestIssuer::new();
    let authentication = issuer.authentication();
    let token = issuer.token_for("alice");
    issuer.advance(SignedDuration::from_secs(299));
    assert!(authentication.check(&token).await.is_ok());
    issuer.advance(SignedDuration::from_secs(1));
    assert!(authentication.check(&token).await.is_err());
}

#[tokio::test]
async fn each_bad_token_is_bad_for_its_own_reason() {
    let issuer = TestIssuer::new();
    let authentication = issuer.authentication();
    let reason = async |token: String| match authentication.check(&token).await.unwrap_err().reason() {
        Reason::InvalidToken(why) => why[0].1.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(reason(issuer.expired_token_for("a")).await, "Token is expired");
    assert_eq!(reason(issuer.forged_token_for("a")).await, "Token is invalid");
    assert_eq!(reason(issuer.token_without("a", "jti")).await, "Token has no id");
    assert_eq!(reason(issuer.token_without("a", "user_id")).await, "NoUserId");
    assert_eq!(reason(issuer.token_with("a", [("user_id", "999")])).await, "UserNotFound");
    assert_eq!(reason(issuer.pair_for("a").0).await, "Token has wrong type");
}

#[test]
fn another_run_makes_the_same_tokens() {
    assert_eq!(TestIssuer::new().token_for("alice"), TestIssuer::new().token_for("alice"));
    let issuer = TestIssuer::new();
    assert_ne!(issuer.token_for("alice"), issuer.token_for("alice"));
}
