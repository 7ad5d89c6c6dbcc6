//! Addresses, networks and host names.

use super::{Given, Value};
use crate::config::fault::Wrong;
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

/// An address, or all that begin alike: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address is in it. An IPv4 address is the same when it comes mapped into IPv6.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                u64::from(own.to_bits() ^ other.to_bits()) >> (32 - self.bits) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(u32::from(128 - self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
        Some(Self { address, bits })
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
        Self::parse(text).ok_or_else(|| Wrong::new(format!("names {text:?}, which is no address"), remedy))
    }
}

/// A host name that requests may name: `*`, `example.com`, or `.example.com` for it and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// Whether it admits a host, given without its port and in lower case.
    #[must_use]
    pub fn admits(&self, host: &str) -> bool {
        match self.0.strip_prefix('.') {
            _ if self.0 == "*" => true,
            Some(name) => host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            None => host == self.0,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_what_begins_alike() {
        let network = |text| Network::parse(text).unwrap();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(network("10.0.0.0/8").contains(address("10.200.1.1")));
        assert!(!network("10.0.0.0/8").contains(address("11.0.0.1")));
        assert!(network("10.0.0.1").contains(address("::ffff:10.0.0.1")));
        assert!(network("0.0.0.0/0").contains(address("203.0.113.9")));
        assert!(network("::/0").contains(address("2001:db8::1")));
        assert!(!network("::/0").contains(address("203.0.113.9")));
        assert!(network("fd00::/8").contains(address("fd12::1")));
        assert_eq!(Network::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn a_host_pattern_admits_as_django_does() {
        let admits = |pattern: &str, host| HostPattern(pattern.to_owned()).admits(host);
        assert!(admits("*", "anything"));
        assert!(admits("example.com", "example.com"));
        assert!(!admits("example.com", "www.example.com"));
        assert!(admits(".example.com", "example.com"));
        assert!(admits(".example.com", "www.example.com"));
        assert!(!admits(".example.com", "badexample.com"));
    }
}
