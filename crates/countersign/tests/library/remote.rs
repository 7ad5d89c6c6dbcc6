//! Keys that the issuer publishes, fetched when they are needed and no oftener.

use countersign::rules::clock::SignedDuration;
use countersign::rules::jws::{Algorithm, Key, KeyRing, generate};
use countersign::rules::testing::ManualClock;
use countersign::{Authentication, BoxError, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const CLAIMS: &str = r#"{"token_type":"access","exp":99999,"jti":"x","user_id":7}"#;

/// An issuer and whoever trusts it.
struct World {
    clock: Arc<ManualClock>,
    published: Arc<Mutex<Result<String, String>>>,
    fetched: Arc<AtomicUsize>,
    authentication: Authentication,
}

fn ring() -> KeyRing {
    let pem = generate(Algorithm::Ed25519, &countersign::rules::random::SystemRandom);
    KeyRing::new(Key::read(Algorithm::Ed25519, pem.expose(), None).unwrap())
}

fn set(rings: &[&KeyRing]) -> String {
    countersign::rules::jwk::publish(rings.iter().flat_map(|ring| ring.keys())).to_ascii()
}

impl World {
    fn new(published: Result<String, String>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1000).unwrap()));
        let (published, fetched) = (Arc::new(Mutex::new(published)), Arc::new(AtomicUsize::new(0)));
        let (source, counter) = (Arc::clone(&published), Arc::clone(&fetched));
        let fetch = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let answer = source.lock().unwrap().clone();
            async move { answer.map_err(BoxError::from) }
        };
        let stateless = Authentication::stateless().remote_jwks(fetch);
        let authentication = stateless.clock(Arc::clone(&clock) as _).build().unwrap();
        Self { clock, published, fetched, authentication }
    }

    async fn status(&self, ring: &KeyRing) -> u16 {
        match self.authentication.check(&ring.sign(CLAIMS)).await {
            Ok(_) => 200,
            Err(rejection) => rejection.status().as_u16(),
        }
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn the_set_is_fetched_by_the_first_token_and_kept() {
    let ring = ring();
    let world = World::new(Ok(set(&[&ring])));
    assert_eq!(world.fetched(), 0);
    for _ in 0..3 {
        assert_eq!(world.status(&ring).await, 200);
    }
    assert_eq!(world.fetched(), 1);
    world.pass(599);
    assert_eq!((world.status(&ring).await, world.fetched()), (200, 1));
    world.pass(1);
    assert_eq!((world.status(&ring).await, world.fetched()), (200, 2));
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_fetched_once_and_strangers_make_no_storm() {
    let (old, new, stranger) = (ring(), ring(), ring());
    let world = World::new(Ok(set(&[&old])));
    assert_eq!(world.status(&old).await, 200);
    *world.published.lock().unwrap() = Ok(set(&[&old, &new]));
    assert_eq!((world.status(&new).await, world.fetched()), (401, 1), "asked ten seconds ago at least");
    world.pass(10);
    assert_eq!((world.status(&new).await, world.fetched()), (200, 2));
    for _ in 0..5 {
        assert_eq!(world.status(&stranger).await, 401);
    }
    assert_eq!(world.fetched(), 2);
    world.pass(10);
    assert_eq!((world.status(&stranger).await, world.fetched()), (401, 3));
}

#[tokio::test]
async fn an_issuer_that_is_gone_ends_nothing_that_was_fetched() {
    let ring = ring();
    let world = World::new(Err("no route".to_owned()));
    assert_eq!((world.status(&ring).await, world.fetched()), (503, 1));
    assert_eq!((world.status(&ring).await, world.fetched()), (503, 1));
    *world.published.lock().unwrap() = Ok(set(&[&ring]));
    world.pass(10);
    assert_eq!((world.status(&ring).await, world.fetched()), (200, 2));
    for broken in [Err("gone".to_owned()), Ok("<html>".to_owned()), Ok(r#"{"keys":[]}"#.to_owned())] {
        *world.published.lock().unwrap() = broken;
        world.pass(600);
        assert_eq!(world.status(&ring).await, 200);
    }
    assert_eq!(world.fetched(), 5);
}

#[tokio::test]
async fn a_key_that_the_issuer_withdrew_is_refused_with_the_next_set() {
    let (old, new) = (ring(), ring());
    let world = World::new(Ok(set(&[&old])));
    assert_eq!(world.status(&old).await, 200);
    *world.published.lock().unwrap() = Ok(set(&[&new]));
    world.pass(600);
    assert_eq!(world.status(&old).await, 401);
    assert_eq!(world.status(&new).await, 200);
}
