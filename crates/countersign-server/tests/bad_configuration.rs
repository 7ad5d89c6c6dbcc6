//! Every mistake in a configuration is found before anything starts: the built program exits with 1 and
//! names the key, the line and what to do.

use std::path::Path;
use std::process::{Command, Output};

/// A mistake: the file, the line it is on (0: on none), what the message names, and a word of the remedy.
struct Row(&'static str, usize, &'static str, &'static str);

/// Stands before each file, on its first line.
const SECRET: &str = "secret_key = \"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN\"";

const ROWS: &[Row] = &[
    // Syntax.
    Row("[server\n", 2, "is not TOML", "[name]"),
    Row("[server]\nlisten = 127.0.0.1:8000\n", 3, "is not TOML", "double quotes"),
    Row("[demo]\nenabled = true\nenabled = false\n", 4, "duplicate key", "double quotes"),
    // Unknown keys and sections.
    Row(
        "[simple_jwt]\naccess_token_lifetme = \"5m\"\n",
        3,
        "[simple_jwt] access_token_lifetme",
        "access_token_lifetime",
    ),
    Row(
        "[simple_jwt]\n\n\nrotate_refresh_token = true\n",
        5,
        "rotate_refresh_token",
        "rotate_refresh_tokens",
    ),
    Row("[servr]\nlisten = \"127.0.0.1:0\"\n", 2, "[servr]", "[server]"),
    Row("[quux]\n", 2, "[quux]", "the sections are"),
    Row("databse = \"sqlite://x.db\"\n", 2, "databse", "database"),
    Row("[server]\nquux = 1\n", 3, "[server] quux", "config show"),
    Row("listen = \"127.0.0.1:0\"\n", 2, "listen", "[server]"),
    Row("[server]\nsecret_key = \"x\"\n", 3, "[server] secret_key", "move"),
    Row("[simple_jwt]\npbkdf2_iterations = 1\n", 3, "pbkdf2_iterations", "move it to [passwords]"),
    Row("server = 5\n", 2, "server", "[server]"),
    Row("[[server]]\n", 2, "server", "on a line of its own"),
    // Django's own spelling.
    Row(
        "[simple_jwt]\nACCESS_TOKEN_LIFETIME = \"5m\"\n",
        3,
        "ACCESS_TOKEN_LIFETIME",
        "[simple_jwt] access_token_lifetime",
    ),
    Row("[SIMPLE_JWT]\nLEEWAY = 3\n", 2, "[SIMPLE_JWT]", "[simple_jwt]"),
    Row("[jwt_auth]\nJWT_EXPIRATION_DELTA = 300\n", 3, "JWT_EXPIRATION_DELTA", "[jwt_auth] expiration_delta"),
    Row("CORS_ALLOWED_ORIGINS = []\n", 2, "CORS_ALLOWED_ORIGINS", "[cors] allowed_origins"),
    Row("CORS_ORIGIN_WHITELIST = []\n", 2, "CORS_ORIGIN_WHITELIST", "[cors] allowed_origins"),
    Row("CSRF_TRUSTED_ORIGINS = []\n", 2, "CSRF_TRUSTED_ORIGINS", "[csrf] trusted_origins"),
    Row("SECRET_KEY = \"x\"\n", 2, "SECRET_KEY", "secret_key"),
    Row("ALLOWED_HOSTS = [\"*\"]\n", 2, "ALLOWED_HOSTS", "[server] allowed_hosts"),
    Row("PASSWORD_HASHERS = []\n", 2, "PASSWORD_HASHERS", "[passwords] hashers"),
    Row("DEBUG = true\n", 2, "DEBUG", "countersign dev"),
    Row("AUTH_USER_MODEL = \"app.User\"\n", 2, "AUTH_USER_MODEL", "[users]"),
    Row("[DATABASES]\ndefault = \"x\"\n", 2, "DATABASES", "sqlite://"),
    // Settings that the packages removed, or never had.
    Row("[simple_jwt]\nauth_header_type = \"Bearer\"\n", 3, "auth_header_type", "auth_header_types"),
    Row("[simple_jwt]\nauth_token_class = \"AccessToken\"\n", 3, "auth_token_class", "auth_token_classes"),
    Row("[simple_jwt]\nsecret_key = \"x\"\n", 3, "[simple_jwt] secret_key", "signing_key"),
    Row("[simple_jwt]\nTOKEN_BACKEND_CLASS = \"x\"\n", 3, "TOKEN_BACKEND_CLASS", "algorithm"),
    Row("[jwt_auth]\nenabled = false\nauth_token_classes = []\n", 4, "auth_token_classes", "[simple_jwt]"),
    Row("[jwt_auth]\nenabled = false\nJWT_AUTH_TOKEN_CLASSES = []\n", 4, "ever had", "[simple_jwt]"),
    // Python.
    Row("[simple_jwt]\njson_encoder = \"app.Encoder\"\n", 3, "json_encoder", "claims"),
    Row("[simple_jwt]\nuser_authentication_rule = \"app.rule\"\n", 3, "app.rule", "check_user_is_active"),
    Row("[simple_jwt]\ntoken_obtain_serializer = \"app.MySerializer\"\n", 3, "app.MySerializer", "claims"),
    Row("[simple_jwt]\ntoken_user_class = \"app.TokenUser2\"\n", 3, "token_user_class", "claims"),
    Row("[simple_jwt]\nauth_token_classes = [\"app.MyToken\"]\n", 3, "app.MyToken", "AccessToken"),
    Row("[jwt_auth]\nenabled = false\nverify = false\n", 4, "[jwt_auth] verify", "always verified"),
    Row(
        "[jwt_auth]\nenabled = false\nget_user_secret_key = \"app.f\"\n",
        4,
        "get_user_secret_key",
        "user_secret",
    ),
    Row("[jwt_auth]\nenabled = false\nresponse_payload_handler = \"app.f\"\n", 4, "app.f", "response ="),
    Row("[passwords]\nhashers = [\"app.hashers.Mine\"]\n", 3, "app.hashers.Mine", "pbkdf2_sha256"),
    Row("[passwords]\nhashers = [\"argon\"]\n", 3, "argon", "did you mean \"argon2\""),
    // Wrong types and values.
    Row("[simple_jwt]\nrotate_refresh_tokens = \"yes\"\n", 3, "is a text, not a boolean", "true or false"),
    Row("[simple_jwt]\naccess_token_lifetime = \"5 minutes\"\n", 3, "access_token_lifetime", "\"5m\""),
    Row("[simple_jwt]\naccess_token_lifetime = true\n", 3, "is a boolean, not a duration", "\"5m\""),
    Row("[simple_jwt]\nleeway = -1\n", 3, "is negative", "seconds"),
    Row("[simple_jwt]\nrefresh_token_lifetime = \"200000d\"\n", 3, "hundred years", "\"1d\""),
    Row("[simple_jwt]\nalgorithm = \"none\"\n", 3, "anybody could make", "HS256"),
    Row("[simple_jwt]\nalgorithm = \"ES521\"\n", 3, "ES521", "ES512"),
    Row("[simple_jwt]\nalgorithm = \"HS257\"\n", 3, "HS257", "HS256"),
    Row("[simple_jwt]\naudience = []\n", 3, "audience", "name an audience"),
    Row("[simple_jwt]\nauth_header_types = []\n", 3, "auth_header_types", "Bearer"),
    Row("[simple_jwt]\nauth_header_types = [\"two words\"]\n", 3, "auth_header_types", "without spaces"),
    Row("[simple_jwt]\nauth_header_name = \"X Access\"\n", 3, "no header name", "HTTP_X_ACCESS_TOKEN"),
    Row("[simple_jwt]\nauth_token_classes = []\n", 3, "auth_token_classes", "AccessToken"),
    Row("[simple_jwt]\nuser_id_field = \"phone\"\n", 3, "phone", "username"),
    Row("[simple_jwt]\nissuer = 5\n", 3, "is an integer, not a text", "quotes"),
    Row("[simple_jwt]\nobtain_path = \"api/token/\"\n", 3, "obtain_path", "\"/api/token/\""),
    Row("[simple_jwt]\nobtain_path = \"/api/<x>/\"\n", 3, "obtain_path", "single slashes"),
    Row("[simple_jwt]\nverify_path = \"/api/token\"\n", 3, "obtain_path", "path of its own"),
    Row("[simple_jwt.claims]\nexp = 5\n", 2, "claim exp", "another name"),
    Row("[simple_jwt.claims]\nmail = \"user.emial\"\n", 2, "user.emial", "user.email"),
    Row("[simple_jwt.claims]\nsince = 2026-01-01\n", 2, "JSON cannot carry", "texts"),
    Row("[simple_jwt]\nreuse_detection = true\n", 3, "reuse_detection", "rotate_refresh_tokens = true"),
    Row("[server]\nlisten = \"example.com:80\"\n", 3, "listen", "127.0.0.1:8000"),
    Row("[server]\nlisten = 99999\n", 3, "listen", "address and port"),
    Row("[server]\nlog_format = \"jsn\"\n", 3, "log_format", "did you mean \"json\""),
    Row("[server]\ntrusted_proxies = [\"proxy.local\"]\n", 3, "proxy.local", "10.0.0.0/8"),
    Row("[server]\nallowed_hosts = [\"https://example.com\"]\n", 3, "allowed_hosts", "example.com"),
    Row("[server]\nallowed_hosts = []\n", 3, "allowed_hosts", "[\"*\"]"),
    Row("[server]\nhashing_threads = 0\n", 3, "out of range", "auto"),
    Row("[server]\nheader_timeout = 0\n", 3, "header_timeout", "10s"),
    Row("[passwords]\npbkdf2_iterations = 0\n", 3, "pbkdf2_iterations", "whole number"),
    Row("[passwords]\nhashers = []\n", 3, "hashers", "at least one"),
    Row("[users]\ntable = \"users; drop table x\"\n", 3, "table", "letters, digits"),
    Row("[users]\nid = false\n", 3, "[users] id", "as the database has it"),
    Row(
        "[simple_jwt]\nuser_id_field = \"email\"\n[users]\nemail = false\n",
        3,
        "user_id_field",
        "[users] email",
    ),
    Row("database = \"mysql://u:hunter2@h/d\"\n", 2, "mysql", "sqlite://"),
    Row("database = \"db.sqlite3\"\n", 2, "database", "sqlite://db.sqlite3"),
    // The dialect of djangorestframework-jwt as a whole.
    Row("[jwt_auth]\nverify = false\n", 3, "[jwt_auth] verify", "always verified"),
    Row("[jwt_auth]\nalgorithm = []\n", 3, "[jwt_auth] algorithm", "at least one"),
    Row("[jwt_auth]\nalgorithm = [\"RS256\"]\n", 3, "no key for it", "private_key ="),
    Row("[jwt_auth]\nalgorithm = [\"HS256\", \"RS256\"]\n", 3, "no key for it", "remove the algorithm"),
    Row("[jwt_auth]\nauth_header_prefix = [\"J W\"]\n", 3, "auth_header_prefix", "without spaces"),
    Row("[jwt_auth]\nauth_header_prefix = []\n", 3, "auth_header_prefix", "without spaces"),
    Row("[jwt_auth]\nauth_cookie = \"a b\"\n", 3, "auth_cookie", "correct it"),
    Row(
        "[jwt_auth]\nauth_cookie_samesite = \"None\"\nauth_cookie_secure = false\nauth_cookie = \"jwt\"\n",
        5,
        "SameSite=None needs Secure",
        "correct it",
    ),
    Row("[jwt_auth]\nresponse = [\"token\", \"user.password\"]\n", 3, "user.password", "correct it"),
    Row("[jwt_auth]\npayload = { username = \"root\" }\n", 3, "username", "another name"),
    Row("[jwt_auth]\nobtain_path = \"/api/token/\"\n", 3, "obtain_path", "path of its own"),
    Row(
        "[jwt_auth]\nexchange_path = \"/api/token/exchange/\"\n[blacklist]\nenabled = false\n",
        3,
        "again and again",
        "[blacklist] enabled",
    ),
    Row(
        "[jwt_auth]\naccept_simple_jwt = true\n[simple_jwt]\nenabled = false\n",
        3,
        "accept_simple_jwt",
        "[simple_jwt] enabled",
    ),
    Row(
        "[jwt_auth]\nenabled = false\n[simple_jwt]\naccept_jwt_auth = true\n",
        5,
        "accept_jwt_auth",
        "[jwt_auth] enabled",
    ),
    // What browsers would refuse, or what would let in everybody.
    Row("[cookie_auth]\ncookie_name = \"a b\"\n", 3, "[cookie_auth] cookie_name", "correct it"),
    Row("[cookie_auth]\ncookie_name = \"__Host-r\"\n", 3, "__Host- needs Secure", "correct it"),
    Row("[cookie_auth]\ncookie_path = \"/elsewhere\"\n", 3, "does not lead to", "correct it"),
    Row("[cookie_auth]\ncookie_partitioned = true\n", 3, "Partitioned needs Secure", "correct it"),
    Row(
        "[cors]\nallow_all_origins = true\nallow_credentials = true\n",
        3,
        "every origin with credentials",
        "list the origins",
    ),
    Row(
        "[cors]\nallowed_origins = [\"https://app.example.com/\"]\n",
        3,
        "more than an origin",
        "\"https://app.example.com\"",
    ),
    Row("[csrf]\ntrusted_origins = [\"app.example.com\"]\n", 3, "no scheme", "https://app.example.com"),
    // Secrets.
    Row(
        "[server]\nlisten = \"0.0.0.0:0\"\n[simple_jwt]\nsigning_key = \"hunter2\"\n",
        5,
        "shorter than 32 bytes",
        "allow_weak_secret",
    ),
    // Fifty characters, as Django makes them: good for HS256 and too short for HS512.
    Row(
        "[server]\nlisten = \"0.0.0.0:0\"\n[simple_jwt]\nalgorithm = \"HS512\"\nsigning_key = \"k7#mPq2$vX9wZr4&tY6uB8nC1dF3gH5jL0sA-eR_iO+pQ=aS!zKd\"\n",
        6,
        "shorter than 64 bytes, which HS512 needs",
        "64 random",
    ),
    Row(
        "[server]\nlisten = \"0.0.0.0:0\"\n[jwt_auth]\nalgorithm = \"HS384\"\nsecret_key = \"0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\"\n",
        6,
        "shorter than 48 bytes, which HS384 needs",
        "50 random",
    ),
    Row(
        "[server]\nlisten = \"0.0.0.0:0\"\n[simple_jwt]\nsigning_key = \"django-insecure-hunter2hunter2hunter2hunter2\"\n",
        5,
        "startproject",
        "50 random",
    ),
    Row(
        "[server]\nlisten = \"0.0.0.0:0\"\n[simple_jwt]\nsigning_key = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
        5,
        "same byte",
        "50 random",
    ),
    Row("[simple_jwt]\nsigning_key = { env = \"NOT_SET_HERE\" }\n", 3, "NOT_SET_HERE", "set NOT_SET_HERE"),
    Row("[simple_jwt]\nsigning_key = { file = \"/nowhere/key\" }\n", 3, "/nowhere/key", "may read"),
    Row("[simple_jwt]\nsigning_key = { vault = \"x\" }\n", 3, "signing_key", "{ env = "),
    Row("[simple_jwt]\nsigning_key = 12345\n", 3, "is an integer, not a secret", "{ file = "),
];

#[test]
fn each_mistake_is_refused_with_its_key_its_line_and_a_remedy() {
    let failures: Vec<_> = ROWS
        .iter()
        .filter_map(|Row(text, line, what, remedy)| answered_otherwise(text, *line, &[what, remedy]))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What is wrong with the answer to a file with one mistake on this line, which must name these words and no secret.
fn answered_otherwise(text: &str, line: usize, words: &[&str]) -> Option<String> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("countersign.toml");
    std::fs::write(&path, format!("{SECRET}\n{text}")).expect("it is written");
    let output = check(&path, &[]);
    let message = String::from_utf8(output.stderr).expect("it is UTF-8");
    let place = format!("countersign.toml:{line}: ");
    let wanted = [&["the configuration has a fault", &*place], words].concat();
    let missing: Vec<_> = wanted.iter().filter(|words| !message.contains(**words)).collect();
    let is_as_wanted = output.status.code() == Some(1) && missing.is_empty() && !message.contains("hunter2");
    (!is_as_wanted).then(|| format!("{text}is answered by\n{message}without {missing:?}"))
}

/// Key pairs that are good for nothing else: as they stand in a TOML text.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIEIW4XTAqL3fKfobxhC0fzao++sUVFDeczjCdOOfhL2G\\n-----END PRIVATE KEY-----\\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA1FIW5cHTkvhMxIWaM92I3840uzuhzCSnR6vFSEaC1ds=\\n-----END PUBLIC KEY-----\\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\\nMIIBLDCB36ADAgECAhRHXeWuGS2IFxaUPLNBoUJzryF0tDAFBgMrZXAwDDEKMAgG\\nA1UEAwwBeDAeFw0yNjExMjUxODI0MjZaFw0yNjEyMjUxODI0MjZaMAwxCjAIBgNV\\nBAMMAXgwKjAFBgMrZXADIQDUUhblwdOS+EzEhZoz3YjfzjS7O6HMJKdHq8VIRoLV\\n26NTMFEwHQYDVR0OBBYEFJdDnTxMK2njGJ1k1x9ekEgwNEhOMB8GA1UdIwQYMBaA\\nFJdDnTxMK2njGJ1k1x9ekEgwNEhOMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA\\nKvp2kpP8PA+wT5L6WJ69dseqUyF4c2gHzt40zGTUGJJBDexOm4gtmwXANT2neyaW\\nDauXdCXY+n8IGkNA5ab/CQ==\\n-----END CERTIFICATE-----\\n";
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhogCayR6KOLgICCAAw\\nDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBWwwUIxYvckWyso0vf47dgEQNaP\\nvk11a2cYpMu/99CTAgD5HXBkuKv64znCdJEc2B7lyHcAJqXd6zGVXnPIumFm0vtX\\ntFLy1jrIXqalIhHkDnc=\\n-----END ENCRYPTED PRIVATE KEY-----\\n";
/// RSA of 1024 bits.
const SHORT: &str = "-----BEGIN PUBLIC KEY-----\\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEPXN9bLHyGs2+rWdPgOPU9OJu\\nitQJYe7bxm5l/DWyKAAXLI8G7Ao8cIOxUtrn/7UqsNMn+39cWSGwoLfw+sp5H5Mo\\nMgD92qalqdRIJrCyJMrQfPGG6KuFS30ooD707gohr2d33QbI8F0s/w1CawcY1Noy\\nNZdhPyesHmGDF/S5EwIDAQAB\\n-----END PUBLIC KEY-----\\n";
const OCT: &str = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
const ED25519: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

#[test]
fn a_key_that_cannot_be_used_is_refused_with_its_setting_its_line_and_a_remedy() {
    let jwk = |more: &str| format!("{{{ED25519}{more}}}");
    let set = |one: &str, other: &str| format!("{{\"keys\":[{one},{other}]}}");
    let mut failures = Vec::new();
    for (algorithm, setting, key, what, remedy) in [
        ("RS256", "signing_key", "hunter2".to_owned(), "neither a PEM block nor a JWK", "-----BEGIN"),
        ("RS256", "verifying_key", SHORT.to_owned(), "fewer than 2048", "generate a new key"),
        ("RS256", "verifying_key", PUBLIC.to_owned(), "not a sound key for RS256", "such a key"),
        ("ES256", "signing_key", PRIVATE.to_owned(), "not a sound key for ES256", "its own algorithm"),
        ("EdDSA", "signing_key", PUBLIC.to_owned(), "which can only verify", "the private key"),
        ("EdDSA", "signing_key", CERTIFICATE.to_owned(), "is a certificate", "openssl x509"),
        ("EdDSA", "signing_key", ENCRYPTED.to_owned(), "is encrypted", "openssl pkey"),
        ("EdDSA", "signing_key", format!("{PRIVATE}{PUBLIC}"), "several PEM blocks", "alone"),
        ("EdDSA", "verifying_key", jwk(r#","use":"enc""#), "`use` says", "sig"),
        ("EdDSA", "verifying_key", jwk(r#","key_ops":["sign"]"#), "`key_ops` does not allow", "add it"),
        ("EdDSA", "verifying_key", jwk(r#","alg":"ES256""#), "ES256", "EdDSA"),
        ("EdDSA", "verifying_key", jwk(r#","n":"AQAB""#), "another kind of key", "remove"),
        ("EdDSA", "verifying_key", jwk(r#","x":"AA""#), "no JWK", "duplicate names"),
        ("EdDSA", "verifying_key", set(&jwk(""), OCT), "beside public keys", "of their own"),
        (
            "EdDSA",
            "verifying_key",
            set(&jwk(r#","kid":"a""#), &jwk(r#","kid":"a""#)),
            "are called",
            "of its own",
        ),
        ("RS256", "verifying_key", set(&jwk(""), &jwk("")), "no key of the set", "add one"),
        ("HS256", "signing_key", PUBLIC.to_owned(), "a key in PEM", "secret of random bytes"),
        ("HS256", "signing_key", jwk(""), "not a sound key for HS256", "its own algorithm"),
    ] {
        let text = format!(
            "[simple_jwt]\nalgorithm = \"{algorithm}\"\n{setting} = \"{}\"\n",
            key.replace('"', "\\\"")
        );
        failures.extend(answered_otherwise(
            &text,
            4,
            &[&format!("[simple_jwt] {setting} cannot be used"), what, remedy],
        ));
    }
    for (setting, key, what, remedy) in [
        ("private_key", format!("\"{PUBLIC}\""), "which can only verify", "the private key"),
        ("public_key", format!("[\"{PUBLIC}\", \"hunter2\"]"), "neither a PEM block", "-----BEGIN"),
        ("private_key", format!("{{ a = \"{SHORT}\" }}"), "not a sound key for EdDSA", "its own algorithm"),
    ] {
        let text = format!("[jwt_auth]\nalgorithm = \"EdDSA\"\n{setting} = {key}\n");
        failures.extend(answered_otherwise(
            &text,
            4,
            &[&format!("[jwt_auth] {setting} cannot be used"), what, remedy],
        ));
    }
    let user_secret =
        format!("[jwt_auth]\nalgorithm = \"EdDSA\"\nprivate_key = \"{PRIVATE}\"\nuser_secret = true\n");
    failures.extend(answered_otherwise(&user_secret, 5, &["user_secret", "HS algorithms alone"]));
    for (url, what) in [
        ("http://issuer.example.com/jwks", "no https URL"),
        ("https://hunter2@issuer.example.com/jwks", "no https URL"),
        ("ftp://issuer.example.com/jwks", "no https URL"),
        ("/jwks.json", "no https URL"),
        ("https://169.254.169.254/jwks", "private network"),
        ("https://[::1]/jwks", "private network"),
    ] {
        let text = format!("[simple_jwt]\nalgorithm = \"RS256\"\njwk_url = \"{url}\"\n");
        failures.extend(answered_otherwise(&text, 4, &["jwk_url cannot be used", what, "write the address"]));
    }
    let none = "[simple_jwt]\nalgorithm = \"RS256\"\n";
    failures.extend(answered_otherwise(none, 3, &["there is no key for it", "signing_key = {"]));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn all_faults_are_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("countersign.toml");
    std::fs::write(&path, "[server]\nlisten = true\nquux = 1\n[simple_jwt]\nleeway = \"x\"\n").unwrap();
    let output = check(&path, &["--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let faults: Vec<_> = report["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["key"].as_str().unwrap(), fault["line"].as_u64()))
        .collect();
    assert_eq!(
        faults,
        [
            ("[server] quux", Some(3)),
            ("[server] listen", Some(2)),
            ("[simple_jwt] leeway", Some(5)),
            ("secret_key", None),
        ]
    );
}

#[test]
fn a_file_that_is_named_and_missing_is_a_fault() {
    let output = check(Path::new("/nowhere/countersign.toml"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("config init"));
}

#[test]
fn a_mistake_in_the_environment_is_named_by_its_variable() {
    for (name, value, said) in [
        ("COUNTERSIGN__SERVER__LISTEN", "nowhere", "no address"),
        ("COUNTERSIGN__SERVR__LISTEN", "127.0.0.1:0", "[server]"),
        ("COUNTERSIGN__SIMPLE_JWT__LEEWY", "1", "leeway"),
        ("COUNTERSIGN__A__B__C__D", "1", "two underscores"),
    ] {
        let output =
            program(&["check"]).env("SECRET_KEY", "k3".repeat(25)).env(name, value).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(name) && message.contains(said), "{message}");
    }
}

#[test]
fn a_weak_secret_on_loopback_is_a_warning_and_allowed_elsewhere_by_name() {
    let directory = tempfile::tempdir().unwrap();
    assert!(program(&["db", "migrate"]).current_dir(&directory).status().unwrap().success());
    let weak = |listen: &str, allowed: &str| {
        program(&["check"])
            .current_dir(&directory)
            .env("SECRET_KEY", "short")
            .env("COUNTERSIGN__SERVER__LISTEN", listen)
            .env("COUNTERSIGN__KEYS__ALLOW_WEAK_SECRET", allowed)
            .output()
            .unwrap()
    };
    for (listen, allowed, code) in [
        ("127.0.0.1:0", "false", 0),
        ("[::1]:0", "false", 0),
        ("0.0.0.0:0", "true", 0),
        ("[::]:0", "false", 1),
    ] {
        let output = weak(listen, allowed);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{listen} {allowed}: {message}");
        assert!(message.contains("shorter than 32 bytes"), "{message}");
    }
}

#[test]
fn a_database_that_cannot_be_used_fails_the_check_and_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let check = || {
        let output =
            program(&["check"]).current_dir(&directory).env("SECRET_KEY", "k3".repeat(25)).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, message) = check();
    assert!(code == Some(1) && message.contains("create it with `countersign db migrate`"), "{message}");
    assert!(!directory.path().join("countersign.db").exists());
    assert!(program(&["db", "migrate"]).current_dir(&directory).status().unwrap().success());
    assert_eq!(check().0, Some(0));
}

#[test]
fn deployment_turns_warnings_into_faults() {
    let output = program(&["check", "--deploy"]).env("SECRET_KEY", "short").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("shorter than 32 bytes") && message.contains("allowed_hosts"), "{message}");
}

fn check(path: &Path, flags: &[&str]) -> Output {
    program(&["check", "--config"]).arg(path).args(flags).output().expect("the program starts")
}

/// The program with nothing in its environment.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env_clear().current_dir(std::env::temp_dir());
    command
}
