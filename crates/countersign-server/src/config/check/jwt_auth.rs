//! What is wrong with `[jwt_auth]` as a whole.

use super::Report;
use crate::config::jwt_auth::JwtAuthFault;
use crate::config::value::Profile;
use countersign_core::declared::DeclarationError;
use countersign_core::jwt_auth::JwtAuth;

const SECTION: &str = "jwt_auth";

impl Report<'_> {
    /// Contradictions and dangers. Nothing where the dialect is off.
    pub(super) fn jwt_auth(&mut self) {
        self.jwt_auth_across();
        if !self.config.jwt_auth.enabled {
            return;
        }
        self.jwt_auth_words();
        self.jwt_auth_claims();
        self.jwt_auth_dangers();
        if let Err(error) = self.config.jwt_auth(self.rings.jwt_auth.clone(), None, None) {
            let (section, name) = match &error {
                JwtAuthFault::Cookie(setting, _) => (SECTION, *setting),
                JwtAuthFault::Csrf(_) => ("csrf", "trusted_origins"),
                JwtAuthFault::Response(_) => (SECTION, "response"),
            };
            self.fault(section, name, &format!("cannot be used: {error}"), "correct it, or remove it");
        }
    }

    /// What the two dialects want of each other.
    fn jwt_auth_across(&mut self) {
        let (jwt_auth, simple_jwt) = (&self.config.jwt_auth, &self.config.simple_jwt);
        let needs_simple = [
            (jwt_auth.accept_simple_jwt, "accept_simple_jwt"),
            (jwt_auth.exchange_path.is_some(), "exchange_path"),
        ];
        let (here, there) = (jwt_auth.enabled, simple_jwt.enabled);
        let accepts_here = simple_jwt.accept_jwt_auth;
        let has_exchange = jwt_auth.exchange_path.is_some();
        for (is_set, name) in needs_simple {
            if here && is_set && !there {
                self.fault(
                    SECTION,
                    name,
                    "needs the simple_jwt dialect",
                    "set [simple_jwt] enabled = true, or remove it",
                );
            }
        }
        if accepts_here && there && !here {
            self.fault(
                "simple_jwt",
                "accept_jwt_auth",
                "needs the jwt_auth dialect",
                "set [jwt_auth] enabled = true, or remove it",
            );
        }
        if here && has_exchange && !self.config.blacklist.enabled {
            self.fault(
                SECTION,
                "exchange_path",
                "needs the blacklist: without it a token could be exchanged again and again",
                "set [blacklist] enabled = true, or remove it",
            );
        }
    }

    fn jwt_auth_words(&mut self) {
        let settings = &self.config.jwt_auth;
        let cannot_stand = |word: &String| {
            word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
        };
        let words = settings.auth_header_prefix.as_deref();
        if words.is_some_and(|words| words.is_empty() || words.iter().any(cannot_stand)) {
            self.fault(
                SECTION,
                "auth_header_prefix",
                "has no word, or one that no header can carry",
                "write words without spaces: auth_header_prefix = [\"JWT\", \"Bearer\"]",
            );
        }
        if self.config.jwt_auth.algorithm.is_empty() {
            self.fault(
                SECTION,
                "algorithm",
                "is empty: no token could be signed",
                "name at least one, or remove it",
            );
        }
    }

    fn jwt_auth_claims(&mut self) {
        let payload = &self.config.jwt_auth.payload;
        let taken: Vec<_> = payload
            .iter()
            .filter(|(name, _)| JwtAuth::RESERVED_CLAIMS.contains(name))
            .map(|(name, _)| DeclarationError::Reserved(name.to_owned()))
            .collect();
        for error in &taken {
            self.fault(SECTION, "payload", &format!("is wrong: {error}"), error.remedy());
        }
    }

    fn jwt_auth_dangers(&mut self) {
        let settings = &self.config.jwt_auth;
        let is_original = settings.profile == Profile::Original;
        let keeps_for_ever = !settings.verify_expiration;
        let insists_in_vain = settings.insist_on_kid && !self.config.jwt_auth_has_names();
        let forks_own = [
            (settings.impersonation_cookie.is_some(), "impersonation_cookie"),
            (settings.impersonation_actor, "impersonation_actor"),
            (settings.delete_stale_blacklisted_tokens, "delete_stale_blacklisted_tokens"),
        ];
        let key_pair =
            [(settings.private_key.is_some(), "private_key"), (settings.public_key.is_some(), "public_key")];
        if keeps_for_ever {
            self.warn(
                SECTION,
                "verify_expiration",
                "is false: EVERY TOKEN THAT WAS EVER ISSUED IS GOOD FOR EVER, stolen ones too",
                "remove it",
            );
        }
        if insists_in_vain {
            self.warn(
                SECTION,
                "insist_on_kid",
                "has no effect while the keys have no names",
                "write a table with a name for each key: [jwt_auth.secret_key]",
            );
        }
        for (is_set, name) in forks_own {
            if is_original && is_set {
                self.warn(
                    SECTION,
                    name,
                    "has no effect: only drf-jwt has this",
                    "set profile = \"drf-jwt\", or remove it",
                );
            }
        }
        let is_symmetric = settings.algorithm.iter().all(|algorithm| algorithm.is_symmetric());
        if settings.user_secret && !is_symmetric {
            self.fault(
                SECTION,
                "user_secret",
                "makes a key for each user out of a secret, and an algorithm with a key pair has none",
                "use HS algorithms alone, or remove it",
            );
        }
        for (is_set, name) in key_pair {
            if is_set && is_symmetric {
                self.warn(SECTION, name, "has no effect: the HS algorithms have no key pair", "remove it");
            }
        }
    }
}
