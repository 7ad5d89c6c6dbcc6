use super::*;
use crate::clock::SignedDuration;
use crate::jws::{JwsError, KeyRing, Roster};
use crate::random::SystemRandom;
use proptest::prelude::*;

const TERMS: Terms = Terms {
    lead: SignedDuration::from_secs(300),
    short_lead: SignedDuration::from_secs(15),
    life: SignedDuration::from_secs(600),
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn sealer() -> Sealer {
    Sealer::new(&"the master secret".into())
}

fn new(algorithm: Algorithm, second: i64) -> KeyRecord {
    make(algorithm, &sealer(), &SystemRandom, at(second))
}

/// The ring of Django's `SECRET_KEY`.
fn configured() -> KeyRing {
    KeyRing::new(Key::hmac(Algorithm::Hs256, b"0123456789abcdefghijklmnopqrstuvwxyz", None))
}

fn ring(records: &[KeyRecord], second: i64) -> KeyRing {
    Roster::open(records, Some(&sealer()), at(second)).unwrap().ring(&configured(), at(second)).unwrap()
}

/// The records after a plan was written.
fn written(records: &[KeyRecord], write: &[KeyRecord]) -> Vec<KeyRecord> {
    let kept = records.iter().filter(|record| write.iter().all(|new| new.kid != record.kid));
    kept.chain(write).cloned().collect()
}

/// From HS256 to `EdDSA` at 1000: the new key signs from 1300 on.
fn rotated() -> Vec<KeyRecord> {
    let rotation = rotate(&[], &new(Algorithm::EdDsa, 1000), at(1000), TERMS, false).unwrap();
    assert_eq!(
        (rotation.begins, rotation.from.as_slice()),
        (at(1300), [(CONFIGURED.to_owned(), None)].as_slice())
    );
    written(&[], &rotation.write)
}

fn names(records: &[KeyRecord], second: i64) -> Vec<(bool, &'static str)> {
    let states = states(records, at(second));
    states.iter().map(|(record, state)| (record.kid == CONFIGURED, state.name())).collect()
}

#[test]
fn the_configured_key_signs_until_another_takes_over_and_verifies_until_it_is_retired() {
    let records = rotated();
    assert_eq!(names(&[], 5), [(true, "signing")]);
    assert_eq!(names(&records, 1299), [(true, "signing"), (false, "next")]);
    assert_eq!(names(&records, 1300), [(true, "verifying"), (false, "signing")]);
    let token = ring(&records, 1299).sign("{}");
    assert!(token.starts_with("eyJhbGciOiJIUzI1NiI"));
    assert!(ring(&records, i64::from(u32::MAX)).verify(&token).is_ok());
    assert!(ring(&records, 1299).verify(&ring(&records, 1300).sign("{}")).is_ok());
    let retirement = retire(&records, CONFIGURED, at(1400), TERMS, None).unwrap();
    assert_eq!((retirement.ends, retirement.kills_tokens), (at(1900), false));
    let records = written(&records, &retirement.write);
    assert!(ring(&records, 1899).verify(&token).is_ok());
    assert_eq!(ring(&records, 1900).verify(&token).unwrap_err(), JwsError::Algorithm);
}

#[test]
fn a_key_of_the_ring_is_retired_by_itself_once_its_tokens_have_ended() {
    let records = rotated();
    let next = new(Algorithm::Es256, 5000);
    let records = [records, vec![next.clone()]].concat();
    // It was published for long enough.
    let rotation = rotate(&records, &next, at(6000), TERMS, false).unwrap();
    assert_eq!(rotation.begins, at(6015));
    let records = written(&records, &rotation.write);
    let states: Vec<_> = names(&records, 6615).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states.iter().filter(|state| **state == "retired").count(), 1);
    assert_eq!(ring(&records, 6615).signing().map(Key::algorithm), Some(Algorithm::Es256));
}

#[test]
fn in_haste_a_key_signs_as_soon_as_every_server_has_it() {
    let rotation = rotate(&[], &new(Algorithm::EdDsa, 1000), at(1000), TERMS, true).unwrap();
    assert_eq!(rotation.begins, at(1015));
}

#[test]
fn one_rotation_is_planned_at_a_time_and_can_be_given_up() {
    let records = rotated();
    let next = records[1].clone();
    let refused = rotate(&records, &new(Algorithm::Es256, 1100), at(1100), TERMS, false).unwrap_err();
    assert_eq!(refused, RotationError::UnderWay { kid: next.kid.clone(), begins: at(1300) });
    let given_up = retire(&records, &next.kid, at(1100), TERMS, None).unwrap();
    assert!(!given_up.kills_tokens);
    let records = written(&records, &given_up.write);
    assert_eq!(names(&records, 2000), [(false, "retired"), (true, "signing")]);
    assert_eq!(
        rotate(&records, &records[0], at(2000), TERMS, false).unwrap_err(),
        RotationError::NotNext(records[0].kid.clone())
    );
}

#[test]
fn a_compromised_key_is_nothing_at_once_and_another_signs() {
    let records = rotated();
    let kid = records[1].kid.clone();
    let token = ring(&records, 1400).sign("{}");
    assert_eq!(
        retire(&records, &kid, at(1500), TERMS, None).unwrap_err(),
        RetirementError::Signs(kid.clone())
    );
    let successor = new(Algorithm::EdDsa, 1500);
    let retirement = retire(&records, &kid, at(1500), TERMS, Some(&successor)).unwrap();
    assert!(retirement.kills_tokens && retirement.successor.as_deref() == Some(&successor.kid));
    let records = written(&records, &retirement.write);
    let after = ring(&records, 1500);
    assert_eq!(after.verify(&token).unwrap_err(), JwsError::UnknownKey);
    assert_eq!(after.signing().and_then(Key::kid), Some(&*successor.kid));
    assert!(after.verify(&configured().sign("{}")).is_ok());
    assert!(matches!(retire(&records, &kid, at(1501), TERMS, None), Err(RetirementError::Already { .. })));
    assert!(matches!(retire(&records, "x", at(1501), TERMS, None), Err(RetirementError::Unknown(_))));
}

#[test]
fn the_configured_key_can_be_compromised_too() {
    let successor = new(Algorithm::EdDsa, 1000);
    let retirement = retire(&[], CONFIGURED, at(1000), TERMS, Some(&successor)).unwrap();
    let records = written(&[], &retirement.write);
    let after = ring(&records, 1000);
    assert_eq!(after.verify(&configured().sign("{}")).unwrap_err(), JwsError::Algorithm);
    assert_eq!(after.signing().map(Key::algorithm), Some(Algorithm::EdDsa));
}

#[test]
fn a_key_that_was_sealed_under_another_master_is_refused_by_name_until_it_is_retired() {
    let records = rotated();
    let other = Sealer::new(&"another".into());
    let error = Roster::open(&records, Some(&other), at(1000)).unwrap_err();
    assert!(
        error.to_string().contains(&records[1].kid) && error.to_string().contains("secret_key"),
        "{error}"
    );
    assert!(Roster::open(&records, None, at(1000)).is_err());
    let retirement =
        retire(&records, &records[1].kid, at(1001), TERMS, Some(&new(Algorithm::EdDsa, 1001))).unwrap();
    assert!(Roster::open(&written(&records, &retirement.write), Some(&other), at(1001)).is_ok());
}

#[test]
fn a_secrets_name_says_nothing_about_it_and_a_key_pairs_name_is_its_thumbprint() {
    let (one, other) = (new(Algorithm::Hs256, 0), new(Algorithm::Hs256, 0));
    assert!(one.kid != other.kid && one.kid.len() == 32);
    assert!(one.material.unwrap().public.is_none());
    let pair = new(Algorithm::Es256, 0);
    let public = pair.material.unwrap().public.unwrap();
    assert_eq!(crate::jwk::Jwk::read(public.as_bytes()).unwrap().kid(), Some(&*pair.kid));
}

proptest! {
    /// Whoever signs, with a clock or a table that is up to the short lead behind, is understood for the whole life
    /// of a token, through three rotations.
    #[test]
    fn rotations_log_nobody_out(signed in 1000i64..9000, age in 0i64..=600, behind in 0i64..=15) {
        let mut records = rotated();
        for second in [3000, 5000] {
            let next = new(Algorithm::EdDsa, second);
            let rotation = rotate(&records, &next, at(second), TERMS, second == 5000).unwrap();
            records = written(&records, &rotation.write);
        }
        let token = ring(&records, signed).sign("{}");
        prop_assert!(ring(&records, signed + age - behind.min(age)).verify(&token).is_ok());
        prop_assert!(ring(&records, signed - behind).verify(&token).is_ok());
    }
}
