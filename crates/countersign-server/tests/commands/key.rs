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
