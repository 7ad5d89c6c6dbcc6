//! The keys that servers share.

use super::{Fixture, seconds, start};
use crate::jws::{Algorithm, Tenure};
use crate::store::{KeyMaterial, KeyRecord, KeyRecords, Keys};
use crate::testing::join_all;

fn record(kid: &str, age: i64) -> KeyRecord {
    let material =
        KeyMaterial { algorithm: Algorithm::EdDsa, public: Some("{}".to_owned()), sealed: vec![0, 255, 10] };
    let tenure = Tenure::starting(start() - seconds(age));
    KeyRecord { kid: kid.to_owned(), material: Some(material), tenure }
}

async fn all(store: &impl Keys) -> KeyRecords {
    store.keys().await.expect("the store answers")
}

async fn write(store: &impl Keys, version: u64, keys: &[KeyRecord]) -> bool {
    store.write_keys(version, keys).await.expect("the store answers")
}

/// Also what has no material, no plan and no public half.
pub async fn keys_are_read_as_they_were_written<F: Fixture<Store: Keys>>(fixture: &F) {
    let store = fixture.store();
    assert!(all(&*store).await.keys.is_empty());
    let secret = KeyMaterial { algorithm: Algorithm::Hs512, public: None, sealed: Vec::new() };
    let planned = Tenure::successor(start(), seconds(300)).succeeded(start() + seconds(900), seconds(60));
    let written = [
        KeyRecord { material: None, ..record("configured", 7) },
        record("b", 3),
        KeyRecord { kid: "a".to_owned(), material: Some(secret), tenure: planned },
        KeyRecord { tenure: Tenure::published(start()), ..record("c", 0) },
    ];
    let version = store.key_version().await.expect("the store answers");
    assert!(write(&*store, version, &written).await);
    let read = all(&*store).await;
    assert_eq!(read.keys, written);
    assert_ne!(read.version, version);
    assert_eq!(store.key_version().await.expect("the store answers"), read.version);
}

/// The others stay as they are.
pub async fn a_key_is_written_in_place_of_the_one_of_its_name<F: Fixture<Store: Keys>>(fixture: &F) {
    let store = fixture.store();
    let before = all(&*store).await.version;
    assert!(write(&*store, before, &[record("a", 2), record("b", 1)]).await);
    let ended = KeyRecord { tenure: record("a", 2).tenure.ended(start()), ..record("a", 2) };
    assert!(write(&*store, all(&*store).await.version, std::slice::from_ref(&ended)).await);
    assert_eq!(all(&*store).await.keys, [ended, record("b", 1)]);
}

/// Nothing of it.
pub async fn what_was_planned_on_an_older_version_is_not_written<F: Fixture<Store: Keys>>(fixture: &F) {
    let store = fixture.store();
    let before = all(&*store).await.version;
    assert!(write(&*store, before, &[record("a", 1)]).await);
    assert!(!write(&*store, before, &[record("a", 5), record("b", 1)]).await);
    assert_eq!(all(&*store).await.keys, [record("a", 1)]);
}

/// Two commands at the same moment.
pub async fn of_eight_changes_at_once_one_is_written<F: Fixture<Store: Keys>>(fixture: &F) {
    let store = fixture.store();
    let version = all(&*store).await.version;
    let changes: Vec<[KeyRecord; 1]> = (0..8).map(|at| [record(&format!("k{at}"), 1)]).collect();
    let acts = changes.iter().map(|change| store.write_keys(version, change)).collect();
    let written: Vec<bool> =
        join_all(acts).await.into_iter().map(|act| act.expect("the store answers")).collect();
    assert_eq!(written.iter().filter(|written| **written).count(), 1);
    assert_eq!(all(&*store).await.keys.len(), 1);
}
