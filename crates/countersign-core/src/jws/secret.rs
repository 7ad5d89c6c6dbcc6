//! Whether bytes are fit to be a secret.

use super::{Algorithm, KeyFault};
use crate::json::{Reader, Value};
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Secrets of tutorials, templates and debuggers that are long enough to be taken for good ones, and the words
/// that begin most of the shorter ones. Compared without regard to case.
const KNOWN: [&str; 24] = [
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long-which-is-quite-long",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "your-secret-key",
    "your_secret_key",
    "your-very-secret-key-that-is-at-least-32-characters-long",
    "this-is-a-secret-key-that-should-be-changed",
    "thisisasecretkeythatshouldbechangedinproduction",
    "my-32-character-ultra-secure-and-ultra-long-secret",
    "supersecretkeythatshouldbechangedinproduction",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "secret",
    "secretkey",
    "secret_key",
    "secret-key",
    "changeme",
    "change-me",
    "change_me",
    "password",
    "0123456789abcdef0123456789abcdef",
];

/// Says whether a secret is fit for an algorithm.
///
/// # Errors
/// The gravest reason why not: [`KeyFault::Empty`] and [`KeyFault::KeyAsSecret`] first, which nobody may pass
/// by, then the weaknesses of [`KeyFault::is_weakness`].
pub fn judge_secret(algorithm: Algorithm, secret: &[u8]) -> Result<(), KeyFault> {
    if secret.is_empty() {
        return Err(KeyFault::Empty);
    }
    if let Some(form) = key_in_disguise(secret) {
        return Err(KeyFault::KeyAsSecret(form));
    }
    if secret.starts_with(b"django-insecure-") {
        return Err(KeyFault::DjangoInsecure);
    }
    if KNOWN.iter().any(|known| secret.trim_ascii().eq_ignore_ascii_case(known.as_bytes())) {
        return Err(KeyFault::Common);
    }
    if secret.iter().all(|byte| *byte == secret[0]) {
        return Err(KeyFault::Repeated);
    }
    if secret.len() < algorithm.secret_length() {
        return Err(KeyFault::Short { algorithm, bytes: secret.len() });
    }
    Ok(())
}

/// The form in which a text is a key of the asymmetric kind, or a set of keys.
///
/// Whoever configures a public key as a secret lets everybody sign (CVE-2016-10555, CVE-2022-29217); what is
/// caught is every form in which such a key is handed around.
fn key_in_disguise(secret: &[u8]) -> Option<&'static str> {
    let text = &without_mark(secret)[..];
    if contains(text, b"-----BEGIN") || contains(text, b"---- BEGIN") {
        return Some("PEM");
    }
    if is_ssh(text) {
        return Some("OpenSSH's form");
    }
    if is_jwk(text) {
        return Some("JSON (a JWK or a set of them)");
    }
    if is_der(secret) {
        return Some("DER");
    }
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE]
        .iter()
        .filter_map(|alphabet| lenient(alphabet).decode(&packed).ok())
        .chain(hexadecimal(&packed))
        .any(|bytes| is_der(&bytes) || is_jwk(&bytes) || contains(&bytes, b"-----BEGIN"))
        .then_some("base64 or hexadecimal digits")
}

/// Takes off what an editor adds: a byte order mark, the zeros of UTF-16, white space around.
fn without_mark(secret: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = secret.iter().copied().filter(|&byte| byte != 0).collect();
    let marks: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    let text = marks.iter().find_map(|mark| text.strip_prefix(*mark)).unwrap_or(&text);
    text.trim_ascii().to_vec()
}

fn is_ssh(text: &[u8]) -> bool {
    let kinds: [&[u8]; 5] = [b"ssh-rsa ", b"ssh-ed25519 ", b"ssh-dss ", b"ecdsa-sha2-", b"sk-ssh-"];
    let certificates: [&[u8]; 3] = [b"ssh-rsa-cert-", b"ssh-ed25519-cert-", b"sk-ecdsa-"];
    // In a file of known hosts or authorised keys, other words stand before the kind.
    kinds
        .iter()
        .chain(&certificates)
        .any(|kind| text.starts_with(kind) || contains(text, &[b" ", *kind].concat()))
}

/// A JSON object with `kty` or `keys`, or a list of such.
fn is_jwk(text: &[u8]) -> bool {
    let is_key = |value: &Value| {
        value.as_object().is_some_and(|object| object.contains("kty") || object.contains("keys"))
    };
    match Reader::BODY.read(text) {
        Ok(Value::Array(items)) => items.iter().any(is_key),
        Ok(value) => is_key(&value),
        Err(_) => false,
    }
}

/// A SEQUENCE that fills the whole and begins as keys and certificates do: with an INTEGER (PKCS#1, PKCS#8,
/// SEC 1), or with a SEQUENCE of an OBJECT IDENTIFIER (SPKI), a version or an INTEGER (X.509). No text does:
/// the third or the fifth byte is a control character.
fn is_der(bytes: &[u8]) -> bool {
    let Some(first) = content(bytes).filter(|(_, rest)| rest.is_empty()).map(|(inner, _)| inner) else {
        return false;
    };
    match first {
        [0x02, ..] => true,
        [0x30, ..] => content(first).is_some_and(|(inner, _)| matches!(inner, [0x06 | 0xA0 | 0x02, ..])),
        _ => false,
    }
}

/// The content of a SEQUENCE and what follows it.
fn content(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x30, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match (length, rest) {
        (0..=0x7F, rest) => (usize::from(*length), rest),
        (0x81, [low, rest @ ..]) => (usize::from(*low), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(*high) << 8 | usize::from(*low), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn lenient(alphabet: &base64::alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    /// `openssl genpkey -algorithm ed25519 | openssl pkey -pubout`
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                       -----END PUBLIC KEY-----\n";
    const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn der() -> Vec<u8> {
        BASE64_STANDARD.decode("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap()
    }

    fn fault(secret: &[u8]) -> Option<KeyFault> {
        judge_secret(Algorithm::Hs256, secret).err()
    }

    #[test]
    fn a_public_key_is_no_secret_in_any_form() {
        let utf16: Vec<u8> =
            [0xFEFF].into_iter().chain(PEM.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let forms: [Vec<u8>; 16] = [
            PEM.into(),
            PEM.replace('\n', "\r\n").into(),
            format!("\u{feff}{PEM}").into(),
            format!("\n\n  {PEM}").into(),
            utf16,
            PEM.replace("PUBLIC KEY", "CERTIFICATE").into(),
            der(),
            BASE64_STANDARD.encode(der()).into(),
            BASE64_URL_SAFE_NO_PAD.encode(der()).into(),
            BASE64_STANDARD.encode(PEM).into(),
            "302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".into(),
            JWK.into(),
            format!("\u{feff}{JWK}").into(),
            format!(r#"{{"keys":[{JWK}]}}"#).into(),
            format!("[{JWK}]").into(),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea me@here".into(),
        ];
        for form in forms {
            let fault = fault(&form).expect("it is refused");
            assert!(
                matches!(fault, KeyFault::KeyAsSecret(_)),
                "{fault:?} {:?}",
                String::from_utf8_lossy(&form)
            );
            assert!(!fault.is_weakness());
        }
    }

    #[test]
    fn a_weak_secret_is_refused_and_may_be_accepted_knowingly() {
        let fifty = "django-insecure-w1o8h$2t)9-$%dpm6*wh!@hba_0a8pcq4l";
        for (secret, expected) in [
            (fifty, KeyFault::DjangoInsecure),
            ("your-256-bit-secret", KeyFault::Common),
            ("Secret", KeyFault::Common),
            ("A-string-secret-at-least-256-bits-long", KeyFault::Common),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", KeyFault::Repeated),
            ("w1o8h$2t)9-$%dpm", KeyFault::Short { algorithm: Algorithm::Hs256, bytes: 16 }),
        ] {
            assert_eq!(fault(secret.as_bytes()), Some(expected), "{secret}");
            assert!(fault(secret.as_bytes()).is_some_and(|fault| fault.is_weakness()));
        }
        assert_eq!(fault(b""), Some(KeyFault::Empty));
        assert!(!KeyFault::Empty.is_weakness());
    }

    #[test]
    fn djangos_key_of_fifty_characters_is_long_enough_for_256_bits_only() {
        let key = b"w1o8h$2t)9-$%dpm6*wh!@hba_0a8pcq4l+xyz(3k^v7e&n#r5";
        assert_eq!(key.len(), 50);
        assert_eq!(judge_secret(Algorithm::Hs256, key), Ok(()));
        assert_eq!(judge_secret(Algorithm::Hs384, key), Ok(()));
        let short = KeyFault::Short { algorithm: Algorithm::Hs512, bytes: 50 };
        assert_eq!(judge_secret(Algorithm::Hs512, key), Err(short));
    }

    proptest! {
        #[test]
        fn no_key_that_django_makes_is_taken_for_anything_else(
            key in "[a-z0-9!@#$%^&*(\\-_=+)]{50}",
            zeros in "00[a-z0-9]{48}",
        ) {
            prop_assert_eq!(fault(key.as_bytes()), None);
            prop_assert_eq!(fault(zeros.as_bytes()), None);
        }

        #[test]
        fn no_bytes_make_the_judge_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = judge_secret(Algorithm::Hs256, &bytes);
            let _ = judge_secret(Algorithm::Hs256, &[&[0x30, 0x82], &bytes[..]].concat());
        }
    }
}
