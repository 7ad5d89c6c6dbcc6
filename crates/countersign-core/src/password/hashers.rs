//! `PASSWORD_HASHERS`: which schemes are read, which one writes, and how much work an answer takes.

use super::hasher::{Hasher, LONGEST_ENCODED, Stored};
use super::{Algorithm, Check, PasswordTooLong, argon2, bcrypt, md5, pbkdf2, scrypt};
use crate::random::{ALPHANUMERIC, Random};
use crate::secret::Secret;
use crate::settings::Passwords;
use std::time::Duration;

/// Checks passwords against stored hashes and makes new ones.
///
/// All of it is slow on purpose and runs on the caller's thread: a server calls it from a
/// [`Hashing`](crate::hashing::Hashing).
///
/// # What an answer costs
///
/// Time must not tell whether a name is known, so a refusal costs at least one new hash in every case:
///
/// | stored | work of a refusal |
/// |---|---|
/// | no such user, unusable, not listed, malformed, beyond a ceiling | one new hash |
/// | as new ones are | that hash |
/// | cheaper, by the same scheme or another (`md5`) | that hash, and preferred work up to one new hash |
/// | dearer | that hash: nothing can make it cheaper, and the first login replaces it |
///
/// Django bridges the gap (`harden_runtime`) for PBKDF2 and bcrypt only, and only if the scheme is the preferred
/// one. Within a scheme the bridge is exact; between schemes it is as good as the ratio of their speeds, measured
/// once, holds on another machine. A match costs its hash, and one more if the hash is replaced.
#[derive(Debug)]
pub struct Hashers {
    /// Never empty.
    listed: Vec<Box<dyn Hasher>>,
}

/// What a check will do, settled before any of the slow work.
struct Plan<'a> {
    stored: Option<Box<dyn Stored + 'a>>,
    /// Whether a match calls for a new hash.
    upgrade: bool,
    /// Work added to a refusal.
    padding: Duration,
}

impl Hashers {
    /// The hashers that are listed, the preferred one first, at Django's costs.
    ///
    /// # Panics
    /// If none is listed, which [`Passwords::hashers`] promises not to be.
    #[must_use]
    pub fn new(settings: &Passwords) -> Self {
        let listed: Vec<_> = settings.hashers.iter().map(|algorithm| hasher(*algorithm, settings)).collect();
        assert!(!listed.is_empty(), "passwords.hashers names at least one hasher");
        Self { listed }
    }

    /// Checks a password against what is stored for a user, or against nothing (`None`: no such user).
    ///
    /// Any stored text is answered with a verdict. `random` salts the upgrade.
    #[must_use]
    pub fn check(&self, password: &Secret, encoded: Option<&str>, random: &dyn Random) -> Check {
        let plan = self.plan(encoded);
        if plan.stored.is_some_and(|stored| stored.matches(password.expose())) {
            // A password that the preferred hasher cannot take keeps the hash it has.
            let upgrade = plan.upgrade.then(|| self.encode(password, random).ok()).flatten();
            return Check::Matched { upgrade };
        }
        if !plan.padding.is_zero() {
            self.preferred().spend(password.expose(), plan.padding);
        }
        Check::Refused
    }

    /// Hashes a new password: Django's `make_password`.
    ///
    /// # Errors
    /// [`PasswordTooLong`] if `bcrypt` is preferred and the password has more than 72 bytes.
    pub fn encode(&self, password: &Secret, random: &dyn Random) -> Result<String, PasswordTooLong> {
        self.preferred().encode(password.expose(), random)
    }

    /// Whether the next login with the right password replaces this hash: another scheme than the preferred one,
    /// other parameters, higher or lower, or a salt of less than 128 bits.
    ///
    /// `false` for what no password matches: there is no login to replace it.
    #[must_use]
    pub fn needs_upgrade(&self, encoded: &str) -> bool {
        self.plan(Some(encoded)).upgrade
    }

    /// The scheme of new hashes.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.preferred().algorithm()
    }

    /// Django's `is_password_usable`: whether it is not one of [`unusable`](Self::unusable). Says nothing of
    /// whether it is a hash.
    #[must_use]
    pub fn is_usable(encoded: &str) -> bool {
        !encoded.starts_with('!')
    }

    /// What `make_password(None)` stores, and no password matches: `!` and 40 random characters.
    #[must_use]
    pub fn unusable(random: &dyn Random) -> String {
        format!("!{}", random.text(40, ALPHANUMERIC))
    }

    fn preferred(&self) -> &dyn Hasher {
        &*self.listed[0]
    }

    fn plan<'a>(&'a self, encoded: Option<&'a str>) -> Plan<'a> {
        let preferred = self.preferred();
        match encoded.and_then(|encoded| self.read(encoded)) {
            Some((hasher, stored)) => Plan {
                upgrade: hasher.algorithm() != preferred.algorithm() || stored.is_outdated(),
                padding: preferred.cost().saturating_sub(stored.cost()),
                stored: Some(stored),
            },
            None => Plan { stored: None, upgrade: false, padding: preferred.cost() },
        }
    }

    /// The hash and whose it is. `None` if it is unusable, not listed, malformed, or beyond a ceiling.
    fn read<'a>(&'a self, encoded: &'a str) -> Option<(&'a dyn Hasher, Box<dyn Stored + 'a>)> {
        let algorithm = Algorithm::identify(encoded).filter(|_| encoded.len() <= LONGEST_ENCODED)?;
        let hasher = self.listed.iter().find(|hasher| hasher.algorithm() == algorithm)?;
        let (_, rest) = encoded.split_once('$')?;
        Some((&**hasher, hasher.read(rest)?))
    }
}

fn hasher(algorithm: Algorithm, settings: &Passwords) -> Box<dyn Hasher> {
    match algorithm {
        Algorithm::Pbkdf2Sha256 => Box::new(pbkdf2::Pbkdf2::sha256(settings.pbkdf2_iterations)),
        Algorithm::Pbkdf2Sha1 => Box::new(pbkdf2::Pbkdf2::sha1(settings.pbkdf2_iterations)),
        Algorithm::Argon2 => Box::new(argon2::Argon2::default()),
        Algorithm::BcryptSha256 => Box::new(bcrypt::Bcrypt::sha256()),
        Algorithm::Bcrypt => Box::new(bcrypt::Bcrypt::plain()),
        Algorithm::Scrypt => Box::new(scrypt::Scrypt::default()),
        Algorithm::Md5 => Box::new(md5::Md5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;
    use std::sync::{Arc, Mutex};

    /// What was done, and at what cost.
    type Work = Vec<(&'static str, Duration)>;

    /// A hasher that writes down what it does: `hash`, `spend` or `encode`.
    #[derive(Debug)]
    struct Recording {
        inner: Box<dyn Hasher>,
        done: Arc<Mutex<Work>>,
    }

    struct RecordingHash<'a> {
        inner: Box<dyn Stored + 'a>,
        done: &'a Mutex<Work>,
    }

    impl Hasher for Recording {
        fn algorithm(&self) -> Algorithm {
            self.inner.algorithm()
        }

        fn read<'a>(&'a self, rest: &'a str) -> Option<Box<dyn Stored + 'a>> {
            let inner = self.inner.read(rest)?;
            Some(Box::new(RecordingHash { inner, done: &self.done }))
        }

        fn encode(&self, password: &[u8], random: &dyn Random) -> Result<String, PasswordTooLong> {
            self.done.lock().unwrap().push(("encode", self.cost()));
            self.inner.encode(password, random)
        }

        fn cost(&self) -> Duration {
            self.inner.cost()
        }

        fn spend(&self, password: &[u8], cost: Duration) {
            self.done.lock().unwrap().push(("spend", cost));
            self.inner.spend(password, cost);
        }
    }

    impl Stored for RecordingHash<'_> {
        fn matches(&self, password: &[u8]) -> bool {
            self.done.lock().unwrap().push(("hash", self.cost()));
            self.inner.matches(password)
        }

        fn cost(&self) -> Duration {
            self.inner.cost()
        }

        fn is_outdated(&self) -> bool {
            self.inner.is_outdated()
        }
    }

    /// All schemes at costs of microseconds, the first of them preferred.
    fn cheap(preferred: Algorithm) -> (Hashers, Arc<Mutex<Work>>) {
        let done = Arc::default();
        let mut listed: Vec<Box<dyn Hasher>> = vec![
            Box::new(pbkdf2::Pbkdf2::sha256(100)),
            Box::new(pbkdf2::Pbkdf2::sha1(100)),
            Box::new(argon2::Argon2::new(64, 2, 2)),
            Box::new(bcrypt::Bcrypt::sha256().with_rounds(6)),
            Box::new(bcrypt::Bcrypt::plain().with_rounds(6)),
            Box::new(scrypt::Scrypt::new(64, 2, 3)),
            Box::new(md5::Md5),
        ];
        listed.sort_by_key(|hasher| hasher.algorithm() != preferred);
        let record = |inner| -> Box<dyn Hasher> { Box::new(Recording { inner, done: Arc::clone(&done) }) };
        (Hashers { listed: listed.into_iter().map(record).collect() }, Arc::clone(&done))
    }

    /// What refusing this password does.
    fn refusal(preferred: Algorithm, encoded: Option<&str>) -> Work {
        let (hashers, done) = cheap(preferred);
        assert_eq!(hashers.check(&"wrong".into(), encoded, &SystemRandom), Check::Refused, "{encoded:?}");
        done.lock().unwrap().split_off(0)
    }

    #[test]
    fn what_is_no_hash_costs_exactly_one_new_hash() {
        for preferred in Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Md5) {
            let cost = cheap(preferred).0.preferred().cost();
            for encoded in
                [None, Some(""), Some("!unusable"), Some("sha1$salt$00"), Some("pbkdf2_sha256$x$a$b")]
            {
                assert_eq!(refusal(preferred, encoded), [("spend", cost)], "{preferred} {encoded:?}");
            }
        }
    }

    #[test]
    fn a_wrong_password_costs_the_stored_hash_and_what_a_new_one_would_cost_more() {
        for preferred in Algorithm::ALL {
            let one = cheap(preferred).0.preferred().cost();
            for stored in Algorithm::ALL {
                let encoded = cheap(stored).0.encode(&"right".into(), &SystemRandom).unwrap();
                let done = refusal(preferred, Some(&encoded));
                let total: Duration = done.iter().map(|(_, cost)| *cost).sum();
                assert_eq!(done[0].0, "hash");
                assert_eq!(total, one.max(done[0].1), "{preferred} {encoded}");
            }
        }
    }

    #[test]
    fn missing_iterations_are_added_and_surplus_ones_are_not_taken_away() {
        let stored = |iterations| format!("pbkdf2_sha256${iterations}$abcdefghijklmnopqrstuv$AAAA");
        let cost = |iterations: u32| Duration::from_nanos(70 * u64::from(iterations));
        let refusal = |iterations| refusal(Algorithm::Pbkdf2Sha256, Some(&stored(iterations)));
        assert_eq!(refusal(30), [("hash", cost(30)), ("spend", cost(70))]);
        assert_eq!(refusal(100), [("hash", cost(100))]);
        assert_eq!(refusal(130), [("hash", cost(130))]);
    }

    #[test]
    fn a_match_hashes_anew_only_where_the_hash_is_outdated() {
        let (hashers, done) = cheap(Algorithm::Pbkdf2Sha256);
        let current = hashers.encode(&"right".into(), &SystemRandom).unwrap();
        let outdated = cheap(Algorithm::Md5).0.encode(&"right".into(), &SystemRandom).unwrap();
        let cost = hashers.preferred().cost();
        done.lock().unwrap().clear();

        let check = hashers.check(&"right".into(), Some(&current), &SystemRandom);
        assert_eq!(check, Check::Matched { upgrade: None });
        assert_eq!(done.lock().unwrap().split_off(0), [("hash", cost)]);

        let Check::Matched { upgrade: Some(upgrade) } =
            hashers.check(&"right".into(), Some(&outdated), &SystemRandom)
        else {
            panic!("an md5 hash is outdated");
        };
        assert_eq!(done.lock().unwrap().split_off(0), [("hash", Duration::ZERO), ("encode", cost)]);
        assert!(!hashers.needs_upgrade(&upgrade));
        assert_ne!(hashers.check(&"right".into(), Some(&upgrade), &SystemRandom), Check::Refused);
    }
}
