//! The wire of djangorestframework-jwt 1.11 and of its fork drf-jwt 1.19: one file an endpoint, one for how
//! requests are authenticated, one for the words of both packages.

mod blacklist;
mod cookies;
mod credentials;
mod door;
mod exchange;
mod guard;
mod impersonate;
mod obtain;
mod refresh;
mod response;
mod verify;
mod words;

pub use self::cookies::JwtAuthCookies;
pub use self::guard::JsonWebTokenAuthentication;
pub use self::response::{ResponseShape, UnknownMember};

use self::door::Door;
use self::words::Words;
use crate::authenticate;
use crate::endpoint::{Endpoint, Field};
use crate::rest::{Answer, Network};
use countersign_core::authority::Authority;
use countersign_core::jwt_auth::{JwtAuthRules, Profile};
use countersign_core::simple_jwt::SimpleJwtRules;
use http::HeaderValue;
use std::sync::Arc;

/// The dialect: its rules, and how it shows itself.
#[derive(Clone, Debug)]
pub struct JwtAuth {
    /// How tokens are made and read, and how passwords are checked. Its profile decides statuses and words too.
    pub rules: JwtAuthRules,
    /// Where the endpoints are.
    pub paths: JwtAuthPaths,
    /// The name under which a client sends the user's name: `username`, or that of a custom user model
    /// (`USERNAME_FIELD`).
    pub username_field: String,
    /// `JWT_AUTH_HEADER_PREFIX`: the words before the token, whatever their case; the first stands in
    /// `WWW-Authenticate`. Never empty.
    pub auth_header_prefix: Vec<String>,
    /// The cookies that carry tokens, where any do.
    pub cookies: Option<JwtAuthCookies>,
    /// The proxies whose `X-Forwarded-Proto` is believed when it is asked where a request comes from.
    pub trusted_proxies: Vec<Network>,
    /// Ours, for `JWT_RESPONSE_PAYLOAD_HANDLER`: what is answered. `None`: what the package answers.
    pub response: Option<ResponseShape>,
    /// Ours: protected endpoints also accept tokens of the `simple_jwt` dialect, by these rules.
    pub accept_simple_jwt: Option<SimpleJwtRules>,
    /// Ours: for what a token is exchanged. `None`: for nothing.
    pub exchange_for: Option<SimpleJwtRules>,
}

/// Where the endpoints are. An empty path leaves an endpoint out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtAuthPaths {
    /// `ObtainJSONWebToken`
    pub obtain: String,
    /// `RefreshJSONWebToken`
    pub refresh: String,
    /// `VerifyJSONWebToken`
    pub verify: String,
    /// `ImpersonateJSONWebTokenView`, of drf-jwt alone.
    pub impersonate: String,
    /// `BlacklistView`, of drf-jwt alone, with its entries one segment below.
    pub blacklist: String,
    /// Ours: a token for a pair of simplejwt's.
    pub exchange: String,
}

/// The packages' documentation mounts the first three here.
impl Default for JwtAuthPaths {
    fn default() -> Self {
        Self {
            obtain: "/api-token-auth/".to_owned(),
            refresh: "/api-token-refresh/".to_owned(),
            verify: "/api-token-verify/".to_owned(),
            impersonate: "/api-token-impersonate/".to_owned(),
            blacklist: "/api-token-blacklist/".to_owned(),
            exchange: "/api/token/exchange/".to_owned(),
        }
    }
}

impl JwtAuth {
    /// These rules with everything else as the profile's package has it: no cookies, no exchange.
    #[must_use]
    pub fn new(rules: JwtAuthRules) -> Self {
        let prefix = match rules.tokens.settings().profile {
            Profile::Original => "JWT",
            Profile::Fork => "Bearer",
        };
        Self {
            rules,
            paths: JwtAuthPaths::default(),
            username_field: "username".to_owned(),
            auth_header_prefix: vec![prefix.to_owned()],
            cookies: None,
            trusted_proxies: Vec::new(),
            response: None,
            accept_simple_jwt: None,
            exchange_for: None,
        }
    }

    /// Its endpoints, those with an empty path left out. Where no key signs, those that give tokens are left out too.
    #[must_use]
    pub fn endpoints(&self, authority: &Authority) -> Vec<Endpoint> {
        let desk = Arc::new(Desk::new(self, authority));
        let signs = self.rules.tokens.keys().signing().is_some();
        let mut endpoints = if signs {
            vec![obtain::endpoint(&desk), refresh::endpoint(&desk), verify::endpoint(&desk)]
        } else {
            vec![verify::endpoint(&desk)]
        };
        if desk.profile() == Profile::Fork {
            if signs {
                endpoints.push(impersonate::endpoint(&desk));
            }
            if self.rules.revocations.is_some() {
                endpoints.extend([blacklist::list_endpoint(&desk), blacklist::entry_endpoint(&desk)]);
            }
        }
        let challenge = self.challenge();
        let mut endpoints: Vec<_> =
            endpoints.into_iter().map(|endpoint| endpoint.challenging(challenge.clone())).collect();
        if let Some(simple) =
            self.exchange_for.as_ref().filter(|simple| simple.tokens.keys().signing().is_some())
        {
            endpoints.push(exchange::endpoint(&desk, simple));
        }
        endpoints.retain(|endpoint| !endpoint.path.is_empty());
        endpoints.into_iter().map(|endpoint| endpoint.grouped("jwt_auth")).collect()
    }

    /// The guard of protected endpoints.
    #[must_use]
    pub fn authentication(&self, authority: &Authority) -> JsonWebTokenAuthentication {
        let door = Arc::new(Door::new(self, authority));
        JsonWebTokenAuthentication::new(door, self.accept_simple_jwt.clone(), self.challenge())
    }

    /// `WWW-Authenticate` of every 401.
    fn challenge(&self) -> HeaderValue {
        authenticate::challenge(&self.auth_header_prefix)
    }
}

/// What every endpoint of the dialect works with.
struct Desk {
    authority: Authority,
    dialect: JwtAuth,
    door: Arc<Door>,
}

impl Desk {
    fn new(dialect: &JwtAuth, authority: &Authority) -> Self {
        let door = Arc::new(Door::new(dialect, authority));
        Self { authority: authority.clone(), dialect: dialect.clone(), door }
    }

    fn rules(&self) -> &JwtAuthRules {
        &self.dialect.rules
    }

    fn profile(&self) -> Profile {
        self.rules().tokens.settings().profile
    }

    fn words(&self) -> Words {
        Words(self.profile())
    }

    /// The fields of a login, in the package's order.
    fn login_fields(&self) -> Vec<Field> {
        let username = Field::text(self.dialect.username_field.clone());
        let password = Field::password("password").trimmed(self.rules().passwords.strip_whitespace);
        match self.profile() {
            Profile::Original => vec![username, password],
            // drf-jwt adds the name's field last, after the token that it answers.
            Profile::Fork => {
                vec![password, Field::token("token").read_only(), Field { write_only: true, ..username }]
            }
        }
    }
}

/// 400 with a complaint about the body as a whole, as serializers complain.
fn complaint(message: &str) -> Answer {
    Answer::non_field_error(message)
}
