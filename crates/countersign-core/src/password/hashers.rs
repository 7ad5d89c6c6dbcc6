//! `PASSWORD_HASHERS`: which schemes are read, which one writes, and how much work an answer takes.

use super::checking::Plan;
use super::hasher::{Hasher, LONGEST_ENCODED, Stored};
use super::{
    Algorithm, Check, Checking, Encoding, Foreign, PasswordTooLong, argon2, bcrypt, md5, pbkdf2, scrypt,
};
use crate::random::{ALPHANUMERIC, Random};
use crate::secret::Secret;
use crate::settings::Passwords;

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
/// | cheaper, by the same scheme or another (`md5`, a foreign one) | that hash, and preferred work up to one new hash |
/// | dearer | that hash: nothing can make it cheaper, and the first login replaces it |
///
/// Django bridges the gap (`harden_runtime`) for PBKDF2 and bcrypt only, and only if the scheme is the preferred
/// one. Within a scheme the bridge is exact; between schemes it is as good as the ratio of their speeds, measured
/// once, holds on another machine. A match costs its hash, and one more if the hash is replaced.
#[derive(Debug)]
pub struct Hashers {
    /// Never empty.
    listed: Vec<Box<dyn Hasher>>,
    foreign: Vec<Foreign>,
}

/// What is to be said of a stored text, whatever the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The right password matches it, by this scheme; whether the login replaces it.
    Verifies {
        /// The name of the algorithm or of the foreign family.
        scheme: &'static str,
        /// Whether the login with the right password replaces it.
        upgrade: bool,
    },
    /// No password shall match it ([`Hashers::unusable`]), or there is none.
    Unusable,
    /// It is a hash of this scheme, which is not listed.
    NotListed {
        /// The name of the algorithm or of the foreign family.
        scheme: &'static str,
    },
    /// It looks like a hash of this scheme, and is damaged or beyond the scheme's ceiling.
    Malformed {
        /// The name of the algorithm or of the foreign family.
        scheme: &'static str,
    },
    /// It is no hash of any scheme that is known.
    Unknown,
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
        Self { listed, foreign: settings.foreign_hashers.clone() }
    }

    /// Checks a password against what is stored for a user, or against nothing (`None`: no such user).
    ///
    /// Any stored text is answered with a verdict. `random` salts the upgrade.
    #[must_use]
    pub fn check(&self, password: &Secret, encoded: Option<&str>, random: &dyn Random) -> Check {
        self.begin_checking(password.clone(), encoded, random).finish()
    }

    /// Begins [`check`](Self::check), to be taken further step by step. Does none of the slow work.
    #[must_use]
    pub fn begin_checking<'a>(
        &'a self,
        password: Secret,
        encoded: Option<&str>,
        random: &'a dyn Random,
    ) -> Checking<'a> {
        Checking::new(self.preferred(), self.plan(encoded), password, random)
    }

    /// Begins [`encode`](Self::encode), to be taken further step by step. Does none of the slow work.
    #[must_use]
    pub fn begin_encoding<'a>(&'a self, password: Secret, random: &'a dyn Random) -> Encoding<'a> {
        Encoding::new(self.preferred(), password, random)
    }

    /// Whether [`check`](Self::check) goes forward in steps to its end, whatever the password.
    #[must_use]
    pub fn checks_in_steps(&self, encoded: Option<&str>) -> bool {
        self.encodes_in_steps() && self.plan(encoded).stored.is_none_or(|stored| stored.in_steps().is_some())
    }

    /// Whether [`encode`](Self::encode) goes forward in steps.
    #[must_use]
    pub fn encodes_in_steps(&self) -> bool {
        self.preferred().in_steps().is_some()
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

    /// What is to be said of a stored text before anybody logs in with it.
    #[must_use]
    pub fn judge(&self, encoded: &str) -> Judgement {
        let scheme = match (Algorithm::identify(encoded), Foreign::identify(encoded)) {
            (Some(algorithm), _) => algorithm.name(),
            (None, Some(family)) => family.name(),
            (None, None) if encoded.is_empty() || !Self::is_usable(encoded) => return Judgement::Unusable,
            (None, None) => return Judgement::Unknown,
        };
        let is_listed = |algorithm| self.listed.iter().any(|hasher| hasher.algorithm() == algorithm);
        let known = match Algorithm::identify(encoded) {
            Some(algorithm) => is_listed(algorithm),
            None => Foreign::identify(encoded).is_some_and(|family| self.foreign.contains(&family)),
        };
        match self.plan(Some(encoded)) {
            Plan { stored: Some(_), upgrade, .. } => Judgement::Verifies { scheme, upgrade },
            _ if known => Judgement::Malformed { scheme },
            _ => Judgement::NotListed { scheme },
        }
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

    fn plan(&self, encoded: Option<&str>) -> Plan<'_> {
        let preferred = self.preferred();
        match encoded.and_then(|encoded| self.read(encoded)) {
            Some((algorithm, stored)) => Plan {
                upgrade: algorithm != Some(preferred.algorithm()) || stored.is_outdated(),
                padding: preferred.cost().saturating_sub(stored.cost()),
                stored: Some(stored),
            },
            None => Plan { stored: None, upgrade: false, padding: preferred.cost() },
        }
    }

    /// The hash and which of Django's algorithms it is, if any. `None` if it is unusable, not listed, malformed, or
    /// beyond a ceiling.
    fn read(&self, encoded: &str) -> Option<(Option<Algorithm>, Box<dyn Stored + '_>)> {
        if encoded.len() > LONGEST_ENCODED {
            return None;
        }
        let Some(algorithm) = Algorithm::identify(encoded) else {
            let family = Foreign::identify(encoded).filter(|family| self.foreign.contains(family))?;
            return Some((None, family.read(encoded)?));
        };
        let hasher = self.listed.iter().find(|hasher| hasher.algorithm() == algorithm)?;
        let (_, rest) = encoded.split_once('$')?;
        Some((Some(algorithm), hasher.read(rest)?))
    }
}

fn hasher(algorithm: Algorithm, settings: &Passwords) -> Box<dyn Hasher> {
    match algorithm {
        Algorithm::Pbkdf2Sha256 => Box::new(pbkdf2::Pbkdf2::sha256(settings.pbkdf2_iterations)),
        Algorithm::Pbkdf2Sha1 => Box::new(pbkdf2::Pbkdf2::sha1(settings.pbkdf2_iterations)),
        Algorithm::Argon2 => {
            Box::new(argon2::Argon2::djangos(settings.hashers.first() == Some(&Algorithm::Argon2)))
        }
        Algorithm::BcryptSha256 => Box::new(bcrypt::Bcrypt::sha256()),
        Algorithm::Bcrypt => Box::new(bcrypt::Bcrypt::plain()),
        Algorithm::Scrypt => Box::new(scrypt::Scrypt::default()),
        Algorithm::Md5 => Box::new(md5::Md5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::hasher::{HasherInSteps, NewKey, StoredInSteps};
    use crate::random::SystemRandom;
    use countersign_pbkdf2::Derivation;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

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

        fn read<'a>(&'a self, rest: &str) -> Option<Box<dyn Stored + 'a>> {
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

        fn in_steps(&self) -> Option<&dyn HasherInSteps> {
            self.inner.in_steps().map(|_| -> &dyn HasherInSteps { self })
        }
    }

    impl HasherInSteps for Recording {
        fn begin(&self, password: &[u8], random: &dyn Random) -> NewKey {
            self.done.lock().unwrap().push(("encode", self.cost()));
            self.inner.in_steps().unwrap().begin(password, random)
        }

        fn begin_to_spend(&self, password: &[u8], cost: Duration) -> Derivation {
            self.done.lock().unwrap().push(("spend", cost));
            self.inner.in_steps().unwrap().begin_to_spend(password, cost)
        }

        fn encoded(&self, salt: &str, key: &[u8]) -> String {
            self.inner.in_steps().unwrap().encoded(salt, key)
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

        fn in_steps(&self) -> Option<&dyn StoredInSteps> {
            self.inner.in_steps().map(|_| -> &dyn StoredInSteps { self })
        }
    }

    impl StoredInSteps for RecordingHash<'_> {
        fn begin(&self, password: &[u8]) -> Derivation {
            self.done.lock().unwrap().push(("hash", self.cost()));
            self.inner.in_steps().unwrap().begin(password)
        }

        fn is_key(&self, key: &[u8]) -> bool {
            self.inner.in_steps().unwrap().is_key(key)
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
        let listed = listed.into_iter().map(record).collect();
        (Hashers { listed, foreign: Foreign::ALL.to_vec() }, Arc::clone(&done))
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
