//! Addresses, networks and host names.

use super::{Given, Value};
use crate::config::fault::Wrong;
use countersign::rest::Network;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where the server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

impl Listen {
    /// Whether only this machine can connect.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().to_canonical().is_loopback()
    }
}

impl Value for Listen {
    const KIND: &'static str = "address and port";

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 0, "maximum": 65535 }] })
    }

    /// `"127.0.0.1:8000"`, `"[::1]:8000"`, `"localhost:8000"`, or a port alone: as Django's `runserver`, on
    /// loopback.
    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write address and port: \"127.0.0.1:8000\", \"[::1]:8000\" or \"0.0.0.0:8000\"";
        let text = match given.value {
            toml::Value::Integer(port) => &port.to_string(),
            _ => given.as_str().ok_or_else(|| given.is_not("an address and port", remedy))?,
        };
        let loopback =
            |port: &str| Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?));
        text.parse()
            .ok()
            .or_else(|| loopback(text.strip_prefix("localhost:").unwrap_or(text)))
            .map(Self)
            .ok_or_else(|| Wrong::new(format!("is {text:?}, which is no address and port"), remedy))
    }
}

impl Value for Network {
    const KIND: &'static str = "address or network";

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write an address or a network: \"10.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"";
        let text = given.as_str().ok_or_else(|| given.is_not("an address", remedy))?;
        text.parse().map_err(|_| Wrong::new(format!("names {text:?}, which is no address"), remedy))
    }
}

/// A host name that requests may name: `*`, `example.com`, or `.example.com` for it and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// The pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for HostPattern {
    const KIND: &'static str = "host name";

    fn schema() -> serde_json::Value {
        json!({ "type": "string" })
    }

    fn read(given: Given<'_>) -> Result<Self, Wrong> {
        let remedy = "write \"example.com\", \".example.com\" for all below it too, or \"*\"";
        let text = given.as_str().ok_or_else(|| given.is_not("a host name", remedy))?;
        match text {
            "*" => Ok(Self(text.to_owned())),
            _ if text.contains("://") || text.contains(['/', '*', ' ']) => {
                Err(Wrong::new(format!("names {text:?}, which is no host name"), remedy))
            }
            "" => Err(Wrong::new("names an empty host", remedy)),
            _ => Ok(Self(text.to_ascii_lowercase())),
        }
    }
}
