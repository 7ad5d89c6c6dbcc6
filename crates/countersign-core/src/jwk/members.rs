//! The members that make a key, by kind (RFC 7518 §6, RFC 8037 §2).

use crate::json::{Object, Value};
use crate::jws::{self, Curve, KeyFault, Kind};
use crate::secret::Secret;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents};
use aws_lc_rs::signature::RsaPublicKeyComponents;

/// What a key is made of.
pub(super) enum Members {
    Secret(Secret),
    Rsa(Rsa),
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8>, d: Option<Secret> },
    Ed25519 { x: Vec<u8>, d: Option<Secret> },
}

/// An RSA key.
pub(super) struct Rsa {
    pub(super) n: Vec<u8>,
    pub(super) e: Vec<u8>,
    pub(super) private: Option<RsaPrivate>,
}

/// The private members of an RSA key of two primes.
pub(super) struct RsaPrivate {
    d: Secret,
    p: Secret,
    q: Secret,
    dp: Secret,
    dq: Secret,
    qi: Secret,
}

/// Every name that holds a part of some key.
const MATERIAL: [&str; 14] = ["k", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "crv", "x", "y", "priv"];

impl Members {
    pub(super) fn read(object: &Object) -> Result<Self, KeyFault> {
        let kty = required_text(object, "kty")?;
        let own: &[&str] = match kty {
            "oct" => &["k"],
            "RSA" => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
            "EC" => &["crv", "x", "y", "d"],
            "OKP" => &["crv", "x", "d"],
            other => return Err(KeyFault::UnknownKind { name: "kty", value: other.to_owned() }),
        };
        if let Some(foreign) = MATERIAL.iter().find(|name| !own.contains(name) && object.contains(name)) {
            return Err(KeyFault::Mixed(foreign));
        }
        match kty {
            "oct" => Ok(Self::Secret(Secret::new(required(object, "k")?))),
            "RSA" => Rsa::read(object).map(Self::Rsa),
            "EC" => Self::read_ec(object),
            _ => Self::read_okp(object),
        }
    }

    fn read_ec(object: &Object) -> Result<Self, KeyFault> {
        let name = required_text(object, "crv")?;
        let curve = Curve::ALL
            .into_iter()
            .find(|curve| curve.name() == name)
            .ok_or_else(|| KeyFault::UnknownKind { name: "crv", value: name.to_owned() })?;
        let length = curve.length();
        Ok(Self::Ec {
            curve,
            x: of_length(required(object, "x")?, length, "x")?,
            y: of_length(required(object, "y")?, length, "y")?,
            d: optional(object, "d")?.map(|d| of_length(d, length, "d")).transpose()?.map(Secret::new),
        })
    }

    fn read_okp(object: &Object) -> Result<Self, KeyFault> {
        match required_text(object, "crv")? {
            "Ed25519" => Ok(Self::Ed25519 {
                x: of_length(required(object, "x")?, 32, "x")?,
                d: optional(object, "d")?.map(|d| of_length(d, 32, "d")).transpose()?.map(Secret::new),
            }),
            other => Err(KeyFault::UnknownKind { name: "crv", value: other.to_owned() }),
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Secret(_) => Kind::Secret,
            Self::Rsa(_) => Kind::Rsa,
            Self::Ec { curve, .. } => Kind::Ec(*curve),
            Self::Ed25519 { .. } => Kind::Ed25519,
        }
    }

    /// Whether it is the private half of a key pair.
    pub(super) const fn is_private(&self) -> bool {
        match self {
            Self::Secret(_) => false,
            Self::Rsa(rsa) => rsa.private.is_some(),
            Self::Ec { d, .. } | Self::Ed25519 { d, .. } => d.is_some(),
        }
    }
}

impl Rsa {
    fn read(object: &Object) -> Result<Self, KeyFault> {
        let private = ["d", "p", "q", "dp", "dq", "qi"].iter().any(|name| object.contains(name));
        Ok(Self {
            n: whole_number(required(object, "n")?, "n")?,
            e: whole_number(required(object, "e")?, "e")?,
            private: if private { Some(RsaPrivate::read(object)?) } else { None },
        })
    }
}

impl RsaPrivate {
    fn read(object: &Object) -> Result<Self, KeyFault> {
        let secret = |name| required(object, name).map(Secret::new);
        Ok(Self {
            d: secret("d")?,
            p: secret("p")?,
            q: secret("q")?,
            dp: secret("dp")?,
            dq: secret("dq")?,
            qi: secret("qi")?,
        })
    }

    /// The key pair, all of whose numbers have to fit together.
    pub(super) fn pair(&self, n: &[u8], e: &[u8]) -> Result<KeyPair, KeyFault> {
        let components = KeyPairComponents {
            public_key: RsaPublicKeyComponents { n, e },
            d: self.d.expose(),
            p: self.p.expose(),
            q: self.q.expose(),
            dP: self.dp.expose(),
            dQ: self.dq.expose(),
            qInv: self.qi.expose(),
        };
        KeyPair::from_components(&components).map_err(|_| KeyFault::Inconsistent)
    }
}

fn required_text<'o>(object: &'o Object, name: &'static str) -> Result<&'o str, KeyFault> {
    super::text(object, name)?.ok_or(KeyFault::Missing(name))
}

fn required(object: &Object, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    optional(object, name)?.ok_or(KeyFault::Missing(name))
}

fn optional(object: &Object, name: &'static str) -> Result<Option<Vec<u8>>, KeyFault> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => jws::decode(text).map(Some).map_err(|_| KeyFault::Malformed(name)),
        Some(_) => Err(KeyFault::Malformed(name)),
    }
}

fn of_length(bytes: Vec<u8>, length: usize, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    if bytes.len() == length { Ok(bytes) } else { Err(KeyFault::Malformed(name)) }
}

/// RFC 7518 §2, `Base64urlUInt`: no leading zeros.
fn whole_number(bytes: Vec<u8>, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    if bytes.first().is_some_and(|first| *first != 0) { Ok(bytes) } else { Err(KeyFault::Malformed(name)) }
}
