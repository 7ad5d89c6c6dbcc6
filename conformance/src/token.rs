//! Tokens, made and read by hand: an opinion that does not depend on the code it judges.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Sha256, Sha512};
use std::collections::BTreeMap;

/// A token with exactly this header and payload, signed with HMAC as the header's `alg` says: SHA-512 for
/// `HS512`, SHA-256 for anything else.
#[must_use]
pub fn sign(header: &str, payload: &str, key: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = mac(&signed, header.contains("\"HS512\""), key);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn mac(signed: &str, long: bool, key: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    let any = "HMAC takes a key of any length";
    if long {
        let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).expect(any);
        return mac.chain_update(signed).finalize().into_bytes().to_vec();
    }
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect(any);
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

/// The payload of a token that this key has signed with HMAC and SHA-256; none of anything else.
#[must_use]
pub fn verified(token: &str, key: &str) -> Option<String> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let read = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let holds = URL_SAFE_NO_PAD.decode(signature).ok()? == mac(signed, false, key);
    let header: BTreeMap<String, Value> = serde_json::from_str(&read(header)?).ok()?;
    (holds && header.get("alg").is_some_and(|alg| alg == "HS256")).then(|| read(payload))?
}

/// The token with another payload, its header as it is, signed anew.
#[must_use]
pub fn resigned(token: &str, payload: &str, key: &str) -> Option<String> {
    let header = String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?).ok()?;
    Some(sign(&header, payload, key))
}

/// Replaces each token in a text by what it says: header, payload, and whether the signature is that of the secret
/// key. Ids and digests, which nobody can foretell, become `<32 hex>`. A key pair has a name in countersign's headers,
/// its thumbprint, and none in the peer's: it is left out.
#[must_use]
pub fn readable(text: &str, key: &str) -> String {
    let part_of_a_token = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(part_of_a_token) {
        let word = &rest[start..];
        let word = &word[..word.find(|character| !part_of_a_token(character)).unwrap_or(word.len())];
        out.push_str(&rest[..start]);
        out.push_str(&opened(word, key).unwrap_or_else(|| word.to_owned()));
        rest = &rest[start + word.len()..];
    }
    out + rest
}

fn opened(word: &str, key: &str) -> Option<String> {
    let (signed, signature) = word.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let read = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (header, payload) = (read(header)?, read(payload)?);
    if !payload.starts_with('{') {
        return None;
    }
    // Which member comes first is up to the version of PyJWT, and means nothing to anybody.
    let header =
        serde_json::to_string(&serde_json::from_str::<BTreeMap<String, Value>>(&header).ok()?).ok()?;
    let holds = URL_SAFE_NO_PAD.decode(signature).ok()? == mac(signed, header.contains("\"HS512\""), key);
    let verdict = if holds { "signed" } else { "not signed by this key" };
    Some(format!("<token {} {} {verdict}>", without_thumbprint(&header), without_ids(&payload)))
}

/// The header of an algorithm with a key pair without a `kid` of 43 characters.
fn without_thumbprint(header: &str) -> String {
    const NAME: &str = r#""kid":""#;
    let kid = header.split_once(NAME).filter(|_| !header.contains(r#""alg":"HS"#));
    match kid.and_then(|(before, rest)| Some((before, rest.split_once("\",")?))) {
        Some((before, (kid, after))) if kid.len() == 43 => format!("{before}{after}"),
        _ => header.to_owned(),
    }
}

/// The text with every string of exactly 32 hexadecimal digits masked, and every UUID with dashes; the case of a
/// digest stays visible.
fn without_ids(payload: &str) -> String {
    let masked = payload.split('"').map(|part| {
        if is_uuid(part) {
            return "<uuid>";
        }
        let hex = part.len() == 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (hex, part.bytes().any(|byte| byte.is_ascii_uppercase())) {
            (true, false) => "<32 hex>",
            (true, true) => "<32 HEX>",
            (false, _) => part,
        }
    });
    masked.collect::<Vec<_>>().join("\"")
}

fn is_uuid(part: &str) -> bool {
    let lengths = part.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7515_a_1_is_signed_alike() {
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(signed).finalize();
        assert_eq!(URL_SAFE_NO_PAD.encode(mac.into_bytes()), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn a_token_is_shown_by_what_it_says() {
        let header = r#"{"alg":"HS256"}"#;
        let payload = r#"{"jti":"0123456789abcdef0123456789abcdef","exp":1}"#;
        let token = sign(header, payload, "key");
        let shown = readable(&format!(r#"{{"access":"{token}"}}"#), "key");
        assert_eq!(shown, r#"{"access":"<token {"alg":"HS256"} {"jti":"<32 hex>","exp":1} signed>"}"#);
        assert!(readable(&token, "other").contains("not signed by this key"));
        assert_eq!(readable("a.b.c and 1.5", "key"), "a.b.c and 1.5");
    }

    #[test]
    fn the_thumbprint_of_a_key_pair_is_left_out_and_a_given_name_is_not() {
        let thumbprint = "x".repeat(43);
        let header = format!(r#"{{"alg":"ES256","kid":"{thumbprint}","typ":"JWT"}}"#);
        assert_eq!(without_thumbprint(&header), r#"{"alg":"ES256","typ":"JWT"}"#);
        for header in [r#"{"alg":"ES256","kid":"k1","typ":"JWT"}"#, &header.replace("ES", "HS")] {
            assert_eq!(without_thumbprint(header), header);
        }
    }
}
