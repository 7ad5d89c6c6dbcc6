//! What is wrong with the keys: those that cannot be used, and secrets too weak for where the server listens.

use super::Report;
use crate::config::Config;
use crate::config::strength::weakness;
use crate::config::value::Listen;
use crate::jwk_url::judge;
use countersign_core::jws::Algorithm;
use countersign_core::secret::Secret;

impl Report<'_> {
    /// Reads every key and sees the private ones sign.
    pub(super) fn keys(&mut self) {
        let config = self.config;
        self.missing_key();
        match config.read_rings() {
            Ok((rings, left_out)) => {
                self.rings = rings;
                for (section, name, error) in left_out {
                    self.warn(
                        section,
                        name,
                        &format!("has a key that is left out: {error}"),
                        "remove it from the set",
                    );
                }
            }
            Err(unfit) => self.fault(unfit.section, unfit.name, &unfit.what, unfit.remedy),
        }
        for (section, name, secret, algorithm) in secrets(config) {
            self.strength(section, name, secret, algorithm);
        }
        self.dead_keys();
        self.jwk_url();
    }

    fn jwk_url(&mut self) {
        let simple = &self.config.simple_jwt;
        let Some(url) = &simple.jwk_url else { return };
        if simple.algorithm.is_symmetric() {
            let what = format!("has no effect: {} has no public keys", simple.algorithm);
            self.warn("simple_jwt", "jwk_url", &what, "remove it, or name the algorithm of the keys");
        } else if let Err(error) = judge(url, simple.jwk_url_allow_private) {
            self.fault(
                "simple_jwt",
                "jwk_url",
                &format!("cannot be used: {error}"),
                "write the address as \"https://issuer.example.com/.well-known/jwks.json\"",
            );
        }
    }

    fn missing_key(&mut self) {
        let simple = &self.config.simple_jwt;
        if simple.algorithm.is_symmetric() && self.config.signing_key().is_none() {
            self.fault(
                "",
                "secret_key",
                "is not set, and tokens cannot be signed without it",
                "write secret_key = { env = \"SECRET_KEY\" } and set that variable to 50 random characters, or \
                 to the SECRET_KEY of your Django project; `countersign dev` makes one by itself",
            );
        }
    }

    fn strength(&mut self, section: &str, name: &str, secret: &Secret, algorithm: Algorithm) {
        let Some(what) = weakness(algorithm, secret) else { return };
        let characters = algorithm.secret_length().max(50);
        let Listen(address) = self.config.server.listen;
        if self.config.server.listen.is_loopback() {
            let remedy = format!("have {characters} random characters before anybody else can connect");
            self.warn(section, name, &what, remedy);
        } else if self.config.keys.allow_weak_secret {
            let remedy = format!(
                "have {characters} random characters as soon as you can, and remove [keys] allow_weak_secret"
            );
            self.warn(section, name, &what, remedy);
        } else {
            self.fault(
                section,
                name,
                &format!("{what}, and {address} can be reached from elsewhere"),
                format!("have {characters} random characters, or accept the risk with [keys] allow_weak_secret = true"),
            );
        }
    }

    fn dead_keys(&mut self) {
        let simple = &self.config.simple_jwt;
        let algorithm = simple.algorithm;
        if algorithm.is_symmetric() && simple.verifying_key.is_some() {
            let what = format!("has no effect: {algorithm} verifies with the key that signs");
            self.warn("simple_jwt", "verifying_key", &what, "remove it");
        }
        let ring = self.rings.simple_jwt.as_ref().filter(|_| !algorithm.is_symmetric());
        let is_other = ring.is_some_and(|ring| ring.signing().is_some() && ring.keys().len() > 1);
        if is_other && simple.verifying_key.is_some() {
            self.warn(
                "simple_jwt",
                "verifying_key",
                "holds another key than the public half of signing_key: tokens of both are accepted",
                "remove it, unless it is a former key whose tokens shall stay good",
            );
        }
    }
}

/// Every secret that signs, with its setting and each algorithm that it is used for.
fn secrets(config: &Config) -> Vec<(&'static str, &'static str, &Secret, Algorithm)> {
    let (simple, jwt) = (&config.simple_jwt, &config.jwt_auth);
    let mut secrets = Vec::new();
    let symmetric = || jwt.algorithm.iter().copied().filter(|algorithm| algorithm.is_symmetric());
    let by_simple = simple.algorithm.is_symmetric().then_some(simple.algorithm);
    if let (Some(key), Some(algorithm)) = (&simple.signing_key, by_simple) {
        secrets.push(("simple_jwt", "signing_key", key, algorithm));
    }
    if let Some(key) = &config.top.secret_key {
        let uses = by_simple
            .filter(|_| simple.signing_key.is_none())
            .into_iter()
            .chain(symmetric().filter(|_| jwt.enabled && jwt.secret_key.is_none()))
            .chain(config.cookie_auth.enabled.then_some(Algorithm::Hs256));
        let strongest = uses.max_by_key(|algorithm| algorithm.secret_length());
        secrets.extend(strongest.map(|algorithm| ("", "secret_key", key, algorithm)));
    }
    for (_, secret) in jwt.secret_key.iter().filter(|_| jwt.enabled).flat_map(|keys| keys.members()) {
        secrets.extend(symmetric().map(|algorithm| ("jwt_auth", "secret_key", secret, algorithm)));
    }
    secrets
}
