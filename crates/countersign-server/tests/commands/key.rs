//! Keys of all sorts, as they are configured.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::program::Folder;
use countersign_core::jws::{Algorithm, VerifyingKey, generate};
use countersign_core::random::SystemRandom;

const PAIRS: [Algorithm; 12] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Es256k,
    Algorithm::EdDsa,
    Algorithm::Ed25519,
];

/// A folder whose configuration has a private key in a file.
fn with_key_pair(algorithm: Algorithm) -> Folder {
    let folder = Folder::new();
    let pem = generate(algorithm, &SystemRandom);
    std::fs::write(folder.path("private.pem"), pem.expose()).unwrap();
    let public = VerifyingKey::read(algorithm, pem.expose(), None).unwrap();
    let set = countersign_core::jwk::publish([&public]).to_ascii();
    std::fs::write(folder.path("public.json"), set).unwrap();
    folder.configure(&format!(
        "[simple_jwt]\nalgorithm = \"{algorithm}\"\nsigning_key = {{ file = \"private.pem\" }}\n"
    ));
    folder.add("alice");
    folder
}

#[test]
fn every_algorithm_signs_and_verifies_as_configured() {
    for algorithm in PAIRS {
        let folder = with_key_pair(algorithm);
        let token = folder.token("alice", "refresh");
        let report = folder.run(&format!("token verify {token} --json")).done().json();
        assert_eq!(report["key"]["algorithm"], algorithm.name());
        assert_eq!(report["key"]["setting"], "simple_jwt.signing_key");
        // The header names the key by its thumbprint, under which it is published.
        let header = folder.run(&format!("token decode {token} --json")).done().json();
        assert_eq!(header["header"]["kid"], report["key"]["kid"], "{header}");
    }
}

#[test]
fn a_server_that_only_verifies_needs_no_private_key_and_gives_no_token() {
    let folder = with_key_pair(Algorithm::Es256);
    let token = folder.token("alice", "access");
    folder.configure("[simple_jwt]\nalgorithm = \"ES256\"\nverifying_key = { file = \"public.json\" }\n");
    folder.run(&format!("token verify {token}")).done().says("good for");
    folder.run("token issue alice").refused("no key that signs");
    folder.configure("[simple_jwt]\nalgorithm = \"ES384\"\nverifying_key = { file = \"public.json\" }\n");
    folder.run("token verify x").refused("no key of the set can be used with ES384");
}

#[test]
fn a_token_of_another_algorithm_is_refused_even_with_the_public_key_as_its_secret() {
    let folder = with_key_pair(Algorithm::Rs256);
    let token = folder.token("alice", "access");
    folder.configure("");
    folder.run(&format!("token verify {token}")).refused("the algorithm is not that of a key");
}

fn states(folder: &Folder) -> Vec<(String, String)> {
    let keys = folder.run("key list --all --json").done().json();
    let text = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    keys.as_array().unwrap().iter().map(|key| (text(key, "algorithm"), text(key, "state"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn a_key_waits_until_it_is_rotated_to_and_the_rotation_can_be_given_up() {
    let folder = Folder::new();
    folder.run("key list").done().says("configured").says("HS256").says("signing");
    let kid = folder.run("key generate --algorithm ES256").done().out.trim().to_owned();
    assert_eq!(states(&folder), pairs(&[("HS256", "signing"), ("ES256", "next")]));
    folder.run("key rotate --preview").done().says(&format!("{kid} signs from")).says("nobody is logged out");
    folder.run("key rotate").done().says(&kid).says("key retire configured");
    folder.run("key list").done().says("signs from");
    folder.run("key rotate").refused("a rotation is under way");
    folder.run("key retire configured").refused("configured signs");
    folder.run(&format!("key retire {kid} --preview")).done().says("nobody is logged out");
    folder.run(&format!("key retire {kid}")).done();
    folder.run(&format!("key retire {kid}")).refused("is retired since");
    folder.run("key retire quux").refused("there is no key");
    folder.run("key rotate --to quux").refused("there is no key");
    folder.run("key rotate --to configured").refused("is no key that waits");
    assert_eq!(states(&folder), pairs(&[("HS256", "signing"), ("ES256", "retired")]));
    folder.run("key generate --algorithm none").misused("none of HS256");
}

#[test]
fn the_private_half_is_nowhere_to_be_read_and_the_public_one_is_published() {
    let folder = Folder::new();
    folder.run("key jwks").done().says(r#"{"keys":[]}"#);
    let kid = folder.run("key generate").done().out.trim().to_owned();
    let set = folder.run("key jwks").done().json();
    assert_eq!((set["keys"][0]["kid"].as_str(), set["keys"][0]["d"].as_str()), (Some(&*kid), None));
    folder.run("key generate --algorithm HS512").done();
    assert_eq!(folder.run("key jwks").done().json(), set);
    let sealed: Vec<u8> = folder
        .database()
        .query_row("SELECT sealed FROM countersign_key WHERE kid = ?1", [&kid], |row| row.get(0))
        .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("PRIVATE KEY"));
    // Under another secret_key nothing opens, and the refusal says which key and what to do.
    std::fs::write(
        folder.path("countersign.toml"),
        "secret_key = \"another secret key of more than fifty characters!!\"\n",
    )
    .unwrap();
    folder.run("token verify x").refused("was sealed under another secret_key").refused(&kid);
}

#[test]
fn a_compromised_key_is_nothing_at_once_and_tokens_say_so() {
    let folder = Folder::new();
    folder.add("alice");
    let token = folder.token("alice", "access");
    folder.run(&format!("token verify {token}")).done();
    folder
        .run("key retire configured --compromised --preview")
        .done()
        .says("logs in again")
        .says("a new key signs");
    folder.run(&format!("token verify {token}")).done();
    folder.run("key retire configured --compromised").done().says("every token that it signed is refused");
    folder.run(&format!("token verify {token}")).refused("the algorithm is not that of a key");
    let token = folder.token("alice", "refresh");
    let report = folder.run(&format!("token verify {token} --json")).done().json();
    assert_eq!(report["key"]["algorithm"], "EdDSA");
    assert_eq!(states(&folder), pairs(&[("HS256", "retired"), ("EdDSA", "signing")]));
}
