//! Wycheproof's vectors, read from the directory that `COUNTERSIGN_VECTORS` names.

use countersign_pbkdf2::{Derivation, Engine};
use serde_json::Value;
use std::path::Path;

#[test]
fn wycheproofs_keys_are_ours() {
    #[expect(clippy::disallowed_methods, reason = "where vectors lie is the tester's business")]
    let Some(directory) = std::env::var_os("COUNTERSIGN_VECTORS") else {
        eprintln!("left out: COUNTERSIGN_VECTORS names no directory");
        return;
    };
    let path = Path::new(&directory).join("wycheproof/pbkdf2_hmacsha256_test.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Value = serde_json::from_slice(&text).unwrap();
    let mut seen = 0;
    for test in
        file["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap())
    {
        let bytes = |name: &str| unhex(test[name].as_str().unwrap());
        let number = |name: &str| u32::try_from(test[name].as_u64().unwrap()).unwrap();
        assert_eq!(test["result"], "valid", "{test}");
        let begin = || {
            let length = number("dkLen") as usize;
            Derivation::new(&bytes("password"), &bytes("salt"), number("iterationCount"), length)
        };
        for engine in [Engine::portable(), Engine::detect()] {
            let [mut one, mut two, mut other] =
                [begin(), begin(), Derivation::new(b"other", b"salt", 77, 50)];
            while one.left() > 0 {
                one.advance(engine, u32::MAX);
            }
            while two.left() > 0 {
                Derivation::advance_two(engine, [&mut other, &mut two], 1000);
            }
            for key in [one.key(), two.key()] {
                assert_eq!(key, Some(&*bytes("dk")), "{} {test}", engine.name());
            }
        }
        seen += 1;
    }
    assert_eq!(seen, file["numberOfTests"].as_u64().unwrap());
    assert!(seen > 50, "{seen}");
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let digits = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(|pair| digits(pair).expect("the vectors are hexadecimal")).collect()
}
