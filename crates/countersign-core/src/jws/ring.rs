//! The ring that holds all keys of a server.

use super::memory::Memory;
use super::{Algorithm, Candidates, JwsError, Key, KeyError, VerifyingKey};

/// One key that signs, and all that verify.
#[derive(Clone, Debug)]
pub struct KeyRing {
    signing: Option<Key>,
    /// All that verify: the signing one first.
    keys: Vec<VerifyingKey>,
    insist_on_kid: bool,
    memory: Memory,
}

impl KeyRing {
    /// A ring of one key, which signs and verifies.
    #[must_use]
    pub fn new(signing: Key) -> Self {
        let verifying = signing.verifying().clone();
        Self { signing: Some(signing), ..Self::verifying_only(vec![verifying]) }
    }

    /// A ring that only verifies: tokens are made elsewhere.
    #[must_use]
    pub fn verifying_only(keys: Vec<VerifyingKey>) -> Self {
        Self { signing: None, keys, insist_on_kid: false, memory: Memory::default() }
    }

    /// A ring of a key that signs, where there is one, and of others that verify. A key that is there already, by its
    /// name and algorithm, is not added again.
    #[must_use]
    pub fn of(signing: Option<Key>, others: impl IntoIterator<Item = VerifyingKey>) -> Self {
        signing.map_or_else(|| Self::verifying_only(Vec::new()), Self::new).and(others)
    }

    /// The same with others that verify, but for those that are there already.
    #[must_use]
    pub fn and(self, others: impl IntoIterator<Item = VerifyingKey>) -> Self {
        let add = |ring: Self, key| if ring.has(&key) { ring } else { ring.with_verifying(key) };
        others.into_iter().fold(self, add)
    }

    /// Whether a named key of this algorithm is among the keys.
    fn has(&self, key: &VerifyingKey) -> bool {
        let is_same = |own: &VerifyingKey| own.kid() == key.kid() && own.algorithm() == key.algorithm();
        key.kid().is_some() && self.keys.iter().any(is_same)
    }

    /// Adds a key that verifies only.
    #[must_use]
    pub fn with_verifying(mut self, key: impl Into<VerifyingKey>) -> Self {
        self.keys.push(key.into());
        self.memory = Memory::default();
        self
    }

    /// Refuses tokens without the name of one of the keys (`JWT_INSIST_ON_KID`).
    #[must_use]
    pub fn insisting_on_kid(self) -> Self {
        Self { insist_on_kid: true, memory: Memory::default(), ..self }
    }

    /// What was verified lately with these keys.
    pub(super) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Whether tokens without the name of a key are refused.
    #[must_use]
    pub const fn insists_on_kid(&self) -> bool {
        self.insist_on_kid
    }

    /// The key that signs, if there is one.
    #[must_use]
    pub const fn signing(&self) -> Option<&Key> {
        self.signing.as_ref()
    }

    /// All keys that verify, the signing one first.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// Signs and verifies with the signing key: for the start of a program.
    ///
    /// # Errors
    /// [`SelfTest`](super::KeyFault::SelfTest), with the key's name.
    pub fn self_test(&self) -> Result<(), KeyError> {
        let Some(key) = &self.signing else { return Ok(()) };
        key.self_test().map_err(|fault| fault.of(key.kid().unwrap_or(key.algorithm().name())))
    }

    /// A ring of the same names and algorithms whose secrets are made of this ring's and `context`: for keys
    /// that belong to one user.
    ///
    /// A derived secret is the MAC of the context under the secret it comes from. No token's signature is ever
    /// that MAC, and no derived secret says anything about another, if the context holds a byte that no token
    /// has: a space or a zero. From a key pair nothing can be derived: such keys are left out, and without a
    /// secret as its signing key the derived ring signs nothing.
    #[must_use]
    pub fn derived(&self, context: &[u8]) -> Self {
        let derive = |key: &VerifyingKey| {
            key.mac(context).map(|secret| Key::hmac(key.algorithm(), &secret, key.kid()))
        };
        Self {
            signing: self.signing.as_ref().and_then(|key| derive(key.verifying())),
            keys: self.keys.iter().filter_map(derive).map(VerifyingKey::from).collect(),
            insist_on_kid: self.insist_on_kid,
            memory: Memory::default(),
        }
    }

    /// The one key that a header segment can mean, where that can be seen without reading it: a token of our own
    /// has the same bytes. Another key without a name could have made a token with the same header.
    pub(super) fn named_by(&self, header: &str) -> Option<&VerifyingKey> {
        let key = self.keys.iter().find(|key| key.header() == header)?;
        let is_alone = self.keys.len() == 1 && !self.insist_on_kid;
        (is_alone || key.kid().is_some_and(|kid| !kid.is_empty())).then_some(key)
    }

    /// The keys that a header of this algorithm and name can mean: the one of that name, or, where names do not
    /// matter, all of that algorithm. A key that was given a name is never meant by another; one that was not can be
    /// called anything elsewhere.
    pub(super) fn find(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<Candidates<'_>, JwsError> {
        let kid = kid.filter(|kid| !kid.is_empty());
        let of_this_name = |key: &&VerifyingKey| kid.is_some() && key.kid() == kid;
        if let Some(key) = self.keys.iter().filter(of_this_name).find(|key| key.algorithm() == algorithm) {
            return Ok(Candidates::One(Some(key)));
        }
        // The right name with another algorithm is refused, even if another key has that algorithm.
        if self.keys.iter().any(|key| of_this_name(&key)) {
            return Err(JwsError::Algorithm);
        }
        let fitting = || self.keys.iter().rev().filter(|key| key.algorithm() == algorithm);
        if fitting().next().is_none() {
            return Err(JwsError::Algorithm);
        }
        if self.insist_on_kid {
            return Err(JwsError::UnknownKey);
        }
        let possible: Vec<&VerifyingKey> = fitting().filter(|key| kid.is_none() || !key.is_named()).collect();
        if possible.is_empty() { Err(JwsError::UnknownKey) } else { Ok(Candidates::Every(possible)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, algorithm: Algorithm) -> Key {
        Key::hmac(algorithm, kid.as_bytes(), Some(kid))
    }

    #[test]
    fn a_key_is_found_by_its_name_and_never_by_another_algorithm() {
        let old = key("old", Algorithm::Hs512);
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(old.clone());
        assert_eq!(ring.verify(&old.sign("{}")).unwrap().key.kid(), Some("old"));
        let confused = key("old", Algorithm::Hs256);
        assert_eq!(ring.verify(&confused.sign("{}")).unwrap_err(), JwsError::Algorithm);
    }

    #[test]
    fn a_token_without_a_name_is_tried_with_every_key_unless_names_are_insisted_on() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        let nameless = Key::hmac(Algorithm::Hs256, b"old", None).sign("{}");
        assert_eq!(ring.verify(&nameless).unwrap().key.kid(), Some("old"));
        assert_eq!(ring.insisting_on_kid().verify(&nameless).unwrap_err(), JwsError::UnknownKey);
    }

    #[test]
    fn a_key_that_has_a_name_is_not_meant_by_another() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        let renamed = Key::hmac(Algorithm::Hs256, b"old", Some("unheard-of")).sign("{}");
        assert_eq!(ring.verify(&renamed).unwrap_err(), JwsError::UnknownKey);
        let nameless = Key::hmac(Algorithm::Hs256, b"old", None);
        assert!(ring.with_verifying(nameless).verify(&renamed).is_ok());
        let blank = Key::hmac(Algorithm::Hs256, b"old", Some("")).sign("{}");
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs256));
        assert!(ring.verify(&blank).is_ok());
    }

    #[test]
    fn a_key_pair_without_a_name_is_meant_by_any_name() {
        let text = crate::jws::generate(Algorithm::EdDsa, &crate::random::SystemRandom);
        let read = |kid| Key::read(Algorithm::EdDsa, text.expose(), kid).unwrap();
        let token = read(Some("its name elsewhere")).sign("{}");
        assert!(KeyRing::new(read(None)).verify(&token).is_ok());
        let named = KeyRing::new(read(Some("its name here")));
        assert_eq!(named.verify(&token).unwrap_err(), JwsError::UnknownKey);
        assert_eq!(
            KeyRing::of(Some(read(None)), [read(None).into(), key("k", Algorithm::Hs256).into()])
                .keys()
                .len(),
            2
        );
    }

    /// Whatever a header calls a key, it is looked for among the names in memory and nowhere else.
    #[test]
    fn a_name_that_means_something_elsewhere_is_an_unknown_name() {
        const INJECTIONS: [&str; 40] = [
            "../../../../../../dev/null",
            "/dev/null",
            "/etc/passwd",
            "..\\..\\windows\\win.ini",
            "file:///etc/passwd",
            "~/.ssh/id_rsa",
            "/proc/self/environ",
            "key\u{0}.pem",
            "\u{0}",
            "key%00",
            "%2e%2e%2fkey",
            "....//....//key",
            "' OR '1'='1",
            "x' UNION SELECT 'secret' --",
            "1; DROP TABLE auth_user",
            "\" OR \"\"=\"",
            "') OR ('1'='1",
            "x'||(SELECT 1)||'",
            "0 UNION SELECT 0x41",
            "new'--",
            "new'/*",
            "new;",
            "$(id)",
            "`id`",
            "| id",
            "; id",
            "&& id",
            "\n id",
            "*)(uid=*))(|(uid=*",
            "*",
            "new)(&)",
            "${jndi:ldap://127.0.0.1/a}",
            "{{7*7}}",
            "<script>",
            "http://127.0.0.1/key",
            "gopher://x",
            "new ",
            " new",
            "NEW",
            "ｎｅｗ",
        ];
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs512));
        for injection in INJECTIONS {
            let token = Key::hmac(Algorithm::Hs256, b"new", Some(injection)).sign("{}");
            assert_eq!(ring.verify(&token).unwrap_err(), JwsError::UnknownKey, "{injection:?}");
        }
        let long = Key::hmac(Algorithm::Hs256, b"new", Some(&"k".repeat(1 << 20))).sign("{}");
        assert_eq!(ring.verify(&long).unwrap_err(), JwsError::Malformed);
    }

    #[test]
    fn every_key_without_a_name_is_tried() {
        let old = Key::hmac(Algorithm::Hs256, b"old", None);
        let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"new", None)).with_verifying(old.clone());
        assert!(ring.verify(&old.sign("{}")).is_ok());
        let ring = ring.insisting_on_kid();
        assert_eq!(ring.verify(&ring.sign("{}")).unwrap_err(), JwsError::UnknownKey);
    }

    #[test]
    fn one_name_may_stand_for_several_algorithms() {
        let ring = KeyRing::new(key("k", Algorithm::Hs256)).with_verifying(key("k", Algorithm::Hs512));
        assert!(ring.verify(&key("k", Algorithm::Hs512).sign("{}")).is_ok());
        assert_eq!(ring.verify(&key("k", Algorithm::Hs384).sign("{}")).unwrap_err(), JwsError::Algorithm);
    }

    #[test]
    fn a_derived_ring_has_the_same_names_and_other_secrets() {
        let ring = KeyRing::new(key("new", Algorithm::Hs256)).with_verifying(key("old", Algorithm::Hs512));
        let (mine, yours) = (ring.derived(b"user 1"), ring.derived(b"user 2"));
        let token = mine.sign("{}");
        assert!(mine.verify(&token).is_ok());
        assert_eq!(mine.signing().and_then(Key::kid), Some("new"));
        for other in [&ring, &yours] {
            assert_eq!(other.verify(&token).unwrap_err(), JwsError::Signature);
        }
        assert_eq!(mine.keys()[1].algorithm(), Algorithm::Hs512);
    }

    #[test]
    fn what_one_ring_has_read_is_news_to_another() {
        let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"old", None));
        let token = ring.sign("{\"a\":1}");
        assert_eq!(ring.read(&token), ring.read(&token));
        assert_eq!(ring.insisting_on_kid().read(&token), Err(JwsError::UnknownKey));
        let other = KeyRing::new(Key::hmac(Algorithm::Hs256, b"new", None));
        assert_eq!(other.read(&token), Err(JwsError::Signature));
    }

    #[test]
    fn a_payload_that_is_no_object_is_never_read() {
        let ring = KeyRing::new(Key::hmac(Algorithm::Hs256, b"old", None));
        for payload in ["[]", "", "{\"a\":1,\"a\":2}"] {
            assert_eq!(ring.read(&ring.sign(payload)), Err(JwsError::Malformed), "{payload}");
        }
    }

    #[test]
    fn a_key_prints_no_secret() {
        assert!(!format!("{:?}", key("secret", Algorithm::Hs256)).contains("115"));
    }
}
