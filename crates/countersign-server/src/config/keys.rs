//! The keys that the configuration names, as rings.

use super::Config;
use super::value::KeySet;
use countersign_core::jws::{
    Algorithm, Key, KeyError, KeyFault, KeyRing, KeyText, KeyTextError, VerifyingKey, judge_secret,
};
use countersign_core::secret::Secret;

/// What each dialect signs and verifies with. None for one that is off or has no key.
#[derive(Clone, Debug, Default)]
pub struct Rings {
    /// `[simple_jwt]`
    pub simple_jwt: Option<KeyRing>,
    /// `[jwt_auth]`
    pub jwt_auth: Option<KeyRing>,
    /// The access tokens of `[cookie_auth]`.
    pub cookie_auth: Option<KeyRing>,
}

impl Rings {
    /// Those that there are.
    pub fn all(&self) -> impl Iterator<Item = &KeyRing> {
        [&self.simple_jwt, &self.jwt_auth, &self.cookie_auth].into_iter().flatten()
    }
}

/// Why a setting holds no key that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnfitKey {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) what: String,
    pub(super) remedy: String,
}

/// What was read, and the keys of sets that were left out: the setting, and why.
pub(super) type Read = (Rings, Vec<(&'static str, &'static str, KeyError)>);

impl Config {
    /// The rings of the configuration alone.
    ///
    /// # Panics
    /// Never for a configuration that was loaded, since loading it asks.
    #[must_use]
    pub fn rings(&self) -> Rings {
        self.read_rings().expect("a configuration is loaded only if its keys can be read").0
    }

    pub(super) fn read_rings(&self) -> Result<Read, UnfitKey> {
        let mut texts = Texts::default();
        let rings = Rings {
            simple_jwt: match self.simple_jwt_ring(&mut texts) {
                // The commands about tokens go on where the endpoints are off.
                Err(_) if !self.simple_jwt.enabled => None,
                ring => ring?,
            },
            jwt_auth: if self.jwt_auth.enabled { self.jwt_auth_ring(&mut texts)? } else { None },
            cookie_auth: self.secret_ring().filter(|_| self.cookie_auth.enabled),
        };
        Ok((rings, texts.refused))
    }

    /// A ring of `secret_key` alone, for HS256.
    fn secret_ring(&self) -> Option<KeyRing> {
        let secret = self.top.secret_key.as_ref()?;
        Some(KeyRing::new(Key::hmac(Algorithm::Hs256, secret.expose(), None)))
    }

    fn simple_jwt_ring(&self, texts: &mut Texts) -> Result<Option<KeyRing>, UnfitKey> {
        let settings = &self.simple_jwt;
        let algorithm = settings.algorithm;
        if algorithm.is_symmetric() {
            let name = if settings.signing_key.is_some() {
                ("simple_jwt", "signing_key")
            } else {
                ("", "secret_key")
            };
            let key =
                self.signing_key().map(|secret| secret_key(name, algorithm, secret, None)).transpose()?;
            return Ok(key.map(KeyRing::new));
        }
        let mut read = |name, text: &Option<Secret>| {
            text.as_ref().map(|text| texts.text(("simple_jwt", name), algorithm, text, None)).transpose()
        };
        let (private, public) =
            (read("signing_key", &settings.signing_key)?, read("verifying_key", &settings.verifying_key)?);
        if let Some(KeyText { signing: None, .. }) = &private {
            return Err(unfit(("simple_jwt", "signing_key"), &KeyFault::NotPrivate.to_string()));
        }
        if private.is_none() && public.is_none() && settings.jwk_url.is_none() {
            return Err(UnfitKey {
                section: "simple_jwt",
                name: "algorithm",
                what: format!("is \"{algorithm}\", and there is no key for it"),
                remedy: "write signing_key = { file = \"PATH\" } with the private key, or for a server that only verifies \
                         verifying_key with the public one"
                    .to_owned(),
            });
        }
        let signing = private.as_ref().and_then(|text| text.signing.clone());
        let others = [private, public].into_iter().flatten().flat_map(|text| text.verifying);
        Ok(Some(KeyRing::of(signing, others)))
    }

    /// `[jwt_auth] secret_key`, else the one before the first section, for each HS algorithm; `private_key` and
    /// `public_key` for each of the others. The first algorithm signs.
    fn jwt_auth_ring(&self, texts: &mut Texts) -> Result<Option<KeyRing>, UnfitKey> {
        let settings = &self.jwt_auth;
        let (mut signing, mut keys) = (None, Vec::new());
        let pairs = self.jwt_auth_pairs(texts)?;
        for (position, &algorithm) in settings.algorithm.iter().enumerate() {
            let own: Vec<(Option<Key>, VerifyingKey)> = if algorithm.is_symmetric() {
                self.jwt_auth_secrets(algorithm)?
            } else {
                pairs.iter().filter(|(_, key)| key.algorithm() == algorithm).cloned().collect()
            };
            if own.is_empty() && !algorithm.is_symmetric() {
                return Err(no_key_for(algorithm));
            }
            if position == 0 {
                signing = own.iter().find_map(|(key, _)| key.clone());
            }
            keys.extend(own.into_iter().map(|(_, key)| key));
        }
        if keys.is_empty() {
            return Ok(None);
        }
        // The signing key is the first of its algorithm, or the first private one: it is not added twice.
        let skipped =
            signing.as_ref().and_then(|key| keys.iter().position(|own| is_same(own, key.verifying())));
        if let Some(place) = skipped {
            keys.remove(place);
        }
        let ring = keys.into_iter().fold(KeyRing::of(signing, []), KeyRing::with_verifying);
        // Where keys have no names, nothing can insist on one.
        Ok(Some(if settings.insist_on_kid && self.jwt_auth_has_names() {
            ring.insisting_on_kid()
        } else {
            ring
        }))
    }

    /// Whether every key of `[jwt_auth]` that is in use was given a name.
    pub(super) fn jwt_auth_has_names(&self) -> bool {
        let settings = &self.jwt_auth;
        let named = |keys: &Option<KeySet>| matches!(keys, Some(KeySet::Named(_)));
        let pairs = [&settings.private_key, &settings.public_key].into_iter().filter(|keys| keys.is_some());
        settings.algorithm.iter().all(|algorithm| {
            if algorithm.is_symmetric() { named(&settings.secret_key) } else { pairs.clone().all(named) }
        })
    }

    fn jwt_auth_secrets(&self, algorithm: Algorithm) -> Result<Vec<(Option<Key>, VerifyingKey)>, UnfitKey> {
        let (place, secrets) = match (&self.jwt_auth.secret_key, &self.top.secret_key) {
            (Some(keys), _) => (("jwt_auth", "secret_key"), keys.members()),
            (None, secret_key) => {
                (("", "secret_key"), secret_key.iter().map(|secret| (None, secret)).collect())
            }
        };
        let key = |(kid, secret): (Option<&str>, &Secret)| {
            let key = secret_key(place, algorithm, secret, kid)?;
            Ok((Some(key.clone()), key.into()))
        };
        secrets.into_iter().map(key).collect()
    }

    /// Every key pair of `[jwt_auth]` for every algorithm that it fits, the private ones first.
    fn jwt_auth_pairs(&self, texts: &mut Texts) -> Result<Vec<(Option<Key>, VerifyingKey)>, UnfitKey> {
        let settings = &self.jwt_auth;
        let algorithms: Vec<_> =
            settings.algorithm.iter().filter(|algorithm| !algorithm.is_symmetric()).collect();
        let mut pairs: Vec<(Option<Key>, VerifyingKey)> = Vec::new();
        if algorithms.is_empty() {
            return Ok(pairs);
        }
        for (name, keys) in [("private_key", &settings.private_key), ("public_key", &settings.public_key)] {
            for (kid, text) in keys.iter().flat_map(KeySet::members) {
                let mut read =
                    algorithms.iter().map(|algorithm| texts.text(("jwt_auth", name), **algorithm, text, kid));
                let (fits, mut unfit): (Vec<_>, Vec<_>) = read.by_ref().partition(Result::is_ok);
                if fits.is_empty() {
                    return Err(unfit.swap_remove(0).expect_err("what is no success is a failure"));
                }
                for text in fits.into_iter().flatten() {
                    if name == "private_key" && text.signing.is_none() {
                        return Err(self::unfit(("jwt_auth", name), &KeyFault::NotPrivate.to_string()));
                    }
                    let signing = text.signing.as_ref();
                    for key in text.verifying {
                        let own = signing.filter(|signing| is_same(signing.verifying(), &key)).cloned();
                        if !pairs.iter().any(|(_, other)| is_same(other, &key)) {
                            pairs.push((own, key));
                        }
                    }
                }
            }
        }
        Ok(pairs)
    }
}

/// Whether two keys are one: by their names, which are thumbprints where nobody gave them any.
fn is_same(one: &VerifyingKey, other: &VerifyingKey) -> bool {
    one.algorithm() == other.algorithm() && one.kid() == other.kid() && one.thumbprint() == other.thumbprint()
}

fn no_key_for(algorithm: Algorithm) -> UnfitKey {
    UnfitKey {
        section: "jwt_auth",
        name: "algorithm",
        what: format!("names \"{algorithm}\", and there is no key for it"),
        remedy: "write private_key = { file = \"PATH\" }, or public_key for a server that only verifies; or remove the \
                 algorithm"
            .to_owned(),
    }
}

/// Takes keys out of settings, and keeps what was left out.
#[derive(Default)]
struct Texts {
    refused: Vec<(&'static str, &'static str, KeyError)>,
}

impl Texts {
    /// A key of a key pair, or a set of them.
    fn text(
        &mut self,
        (section, name): (&'static str, &'static str),
        algorithm: Algorithm,
        text: &Secret,
        kid: Option<&str>,
    ) -> Result<KeyText, UnfitKey> {
        let read = KeyText::read(algorithm, text.expose(), kid);
        let read = read.map_err(|error: KeyTextError| unfit((section, name), &error.to_string()))?;
        self.refused.extend(read.refused.iter().map(|error| (section, name, error.clone())));
        Ok(read)
    }
}

/// A secret. Whether it is weak is judged where it is known who can reach the server.
fn secret_key(
    (section, name): (&'static str, &'static str),
    algorithm: Algorithm,
    secret: &Secret,
    kid: Option<&str>,
) -> Result<Key, UnfitKey> {
    match judge_secret(algorithm, secret.expose()) {
        Err(fault) if !fault.is_weakness() => {
            // A JWK may hold a secret too, and says so itself.
            Key::read(algorithm, secret.expose(), kid).map_err(|other| {
                let fault = if is_jwk(secret) { other } else { fault };
                unfit((section, name), &fault.to_string())
            })
        }
        _ => Ok(Key::hmac(algorithm, secret.expose(), kid)),
    }
}

fn is_jwk(secret: &Secret) -> bool {
    secret.expose().trim_ascii_start().starts_with(b"{")
}

/// The sentences about keys say first what is wrong and behind a colon what to do.
fn unfit((section, name): (&'static str, &'static str), sentence: &str) -> UnfitKey {
    let (what, remedy) = sentence.split_once(": ").unwrap_or((sentence, "give another key"));
    UnfitKey { section, name, what: format!("cannot be used: {what}"), remedy: remedy.to_owned() }
}
