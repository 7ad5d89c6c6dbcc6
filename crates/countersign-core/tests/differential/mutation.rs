//! Tokens that are nearly good.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_core::jws::Key;
use countersign_core::random::Random as _;
use countersign_core::testing::SeededRandom;

/// Choices that a seed repeats.
pub(crate) struct Dice(SeededRandom);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// Below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % end
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn one_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A header or a claim that may stand beside those of a good token, and what is wrong with most of them.
const HEADERS: [&str; 38] = [
    r#""typ":"JWT""#,
    r#""typ":"jwt""#,
    r#""typ":"at+jwt""#,
    r#""typ":"application/jwt""#,
    r#""typ":7"#,
    r#""typ":null"#,
    r#""kid":"a""#,
    r#""kid":"""#,
    r#""kid":7"#,
    r#""kid":null"#,
    r#""kid":["a"]"#,
    r#""crit":[]"#,
    r#""crit":["exp"]"#,
    r#""crit":["b64"]"#,
    r#""crit":"b64""#,
    r#""b64":false"#,
    r#""b64":true"#,
    r#""b64":"x""#,
    r#""cty":"JWT""#,
    r#""cty":"text/plain""#,
    r#""zip":"DEF""#,
    r#""p2c":1000000000"#,
    r#""p2c":1"#,
    r#""jku":"https://example.com/""#,
    r#""jku":7"#,
    r#""jwk":{"kty":"oct","k":"AA"}"#,
    r#""jwk":7"#,
    r#""jwk":{}"#,
    r#""x5u":"x""#,
    r#""x5c":["AA"]"#,
    r#""x5c":"AA""#,
    r#""x5t":"AA""#,
    r#""x5t#S256":7"#,
    r#""enc":"A256GCM""#,
    r#""alg":"none""#,
    r#""\u0061lg":"none""#,
    r#""other":{"a":[1,{"b":null}]}"#,
    r#""other":1e400"#,
];

const NAMES: [&str; 12] =
    ["exp", "nbf", "iat", "aud", "iss", "sub", "jti", "user_id", "token_type", "other", r"\u0065xp", ""];

const VALUES: [&str; 44] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "-0",
    "1.5",
    "-1.5",
    "1e3",
    "1E+3",
    "1e-3",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "4102444800",
    "4102444800.9",
    "4.1024448e9",
    "1e10",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1000000000",
    r#""""#,
    r#""a""#,
    r#""1""#,
    r#""4102444800""#,
    r#""1e10""#,
    r#""\ud800""#,
    r#""\ud83d\ude00""#,
    r#""\u0000""#,
    "\"\u{7f}é\u{2028}\"",
    "\"a\nb\"",
    "[]",
    "{}",
    r#"["a"]"#,
    r#"["a",1]"#,
    "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
    "01",
];

/// A token as one of the keys would make it, changed at random.
pub(crate) fn token(key: &Key, dice: &Dice) -> String {
    let header = header(key.algorithm().name(), dice);
    let payload = payload(dice);
    let mut segments = [encode(&header, dice), encode(&payload, dice)].map(|text| respell(text, dice));
    if dice.one_in(40) {
        segments.swap(0, 1);
    }
    let signed = segments.join(".");
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.signature(signed.as_bytes()));
    let token = format!("{signed}.{}", respell(signature, dice));
    if dice.one_in(4) { damage(&token, dice) } else { token }
}

fn header(algorithm: &str, dice: &Dice) -> Vec<u8> {
    let other = ["none", "HS256", "hs256", "HS512", "RS256", "ES256", "EdDSA", "Ed25519", "HS256 ", ""];
    let name = if dice.one_in(8) { dice.pick(&other) } else { algorithm };
    let mut members = vec![format!(r#""alg":"{name}""#)];
    if dice.one_in(2) {
        members.push(r#""typ":"JWT""#.to_owned());
    }
    while dice.one_in(3) {
        let at = dice.below(members.len() + 1);
        members.insert(at, dice.pick(&HEADERS).to_owned());
    }
    if dice.one_in(40) {
        members.retain(|member| !member.starts_with(r#""alg""#));
    }
    object(&members, dice)
}

fn payload(dice: &Dice) -> Vec<u8> {
    let mut members: Vec<String> = [
        r#""token_type":"access""#,
        r#""exp":4102444800"#,
        r#""iat":1000000000"#,
        r#""jti":"a1""#,
        r#""user_id":"1""#,
    ]
    .map(str::to_owned)
    .to_vec();
    while dice.one_in(2) {
        let (name, value) = (dice.pick(&NAMES), dice.pick(&VALUES));
        let member = format!("\"{name}\":{value}");
        let same = members.iter().position(|member| member.starts_with(&format!("\"{name}\":")));
        match same.filter(|_| !dice.one_in(6)) {
            Some(at) => members[at] = member,
            None => members.insert(dice.below(members.len() + 1), member),
        }
    }
    if dice.one_in(30) {
        return dice
            .pick(&["", "null", "[]", "7", r#""text""#, "{", "{}{}", "{\"a\":1,}", "{'a':1}", "// a\n{}"])
            .into();
    }
    if dice.one_in(200) {
        members.push(format!(r#""long":"{}""#, "x".repeat(9000)));
    }
    object(&members, dice)
}

fn object(members: &[String], dice: &Dice) -> Vec<u8> {
    let space = if dice.one_in(10) { dice.pick(&[" ", "\r\n", "\t", "\u{a0}", "\u{c}"]) } else { "" };
    format!("{{{space}{}{space}}}", members.join(&format!("{space},{space}"))).into_bytes()
}

/// The segment of a text, which is mostly UTF-8.
fn encode(text: &[u8], dice: &Dice) -> String {
    let as_text = String::from_utf8_lossy(text);
    let bytes = match dice.below(120) {
        0 => [b"\xEF\xBB\xBF", text].concat(),
        1 => as_text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        2 => as_text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        3 => as_text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect(),
        4 => [text, b"\xff"].concat(),
        5 => [b"\xff\xfe".to_vec(), as_text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        _ => text.to_vec(),
    };
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Now and then another spelling of the same bytes, or nearly.
fn respell(segment: String, dice: &Dice) -> String {
    match dice.below(60) {
        0 => format!("{segment}="),
        1 => format!("{segment}=="),
        2 => format!("{segment}{}", "=".repeat((4 - segment.len() % 4) % 4)),
        3 => format!("{segment}\n"),
        4 => segment.replace('-', "+").replace('_', "/"),
        5 => format!("{segment}A"),
        6 => {
            // The bits that must be zero in the last character, where there are some.
            let mut text = segment.into_bytes();
            if let Some(last) = text.last_mut() {
                *last = last.wrapping_add(1);
            }
            String::from_utf8_lossy(&text).into_owned()
        }
        _ => segment,
    }
}

/// One change anywhere.
fn damage(token: &str, dice: &Dice) -> String {
    let mut characters: Vec<char> = token.chars().collect();
    let at = dice.below(characters.len());
    let other = ['A', 'z', '0', '-', '_', '.', '=', ' ', '\n', '\0', '+', 'é'][dice.below(12)];
    match dice.below(5) {
        0 => characters[at] = other,
        1 => characters.insert(at, other),
        2 => drop(characters.remove(at)),
        3 => characters.truncate(at),
        _ => characters.extend(['.', 'A'].iter().take(1 + dice.below(2))),
    }
    characters.into_iter().collect()
}
