//! The peer's settings in countersign's words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The configuration with which countersign behaves as the peer does under `settings`, on this database.
///
/// # Errors
///
/// With the sentence that says which setting countersign has no counterpart for.
pub fn configuration(settings: &BTreeMap<String, String>, database: &Path) -> Result<String, String> {
    let mut file: Table = BASE.parse().expect("the base is valid TOML");
    file.insert("database".to_owned(), format!("sqlite://{}", database.display()).into());
    file.insert("secret_key".to_owned(), crate::SECRET_KEY.into());
    let recipe = file.get_mut("cookie_auth").and_then(Value::as_table_mut).expect("the base has it");
    recipe.insert("refresh_token_secret".to_owned(), crate::REFRESH_TOKEN_SECRET.into());
    for (name, value) in settings {
        let Some((section, key, value)) = translated(name, value)? else { continue };
        let section = file.entry(section).or_insert_with(|| Table::new().into());
        let section = section.as_table_mut().expect("every section is a table");
        section.insert(key, value);
    }
    for (section, setting) in [("simple_jwt", "signing_key"), ("jwt_auth", "private_key")] {
        let Some(section) = file.get_mut(section).and_then(Value::as_table_mut) else { continue };
        if let Some(key) =
            section.get("algorithm").and_then(Value::as_str).and_then(|name| key_file(name, database))
        {
            let text = key.display().to_string();
            section.insert(setting.to_owned(), Table::from_iter([("file".to_owned(), text.into())]).into());
        }
    }
    Ok(file.to_string())
}

/// Where the peer keeps the private key for an algorithm with a key pair: beside its database.
#[must_use]
pub fn key_file(algorithm: &str, database: &Path) -> Option<PathBuf> {
    (!algorithm.starts_with("HS")).then(|| database.with_file_name(format!("{algorithm}.key.pem")))
}

/// What the peer has without any setting: its hashers, its origin and its views.
const BASE: &str = r#"
[passwords]
hashers = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5"]
pbkdf2_iterations = 1000
[cors]
allowed_origins = ["http://localhost:3000"]
allow_credentials = true
[demo]
enabled = true
[cookie_auth]
strict_peer = true
[jwt_auth]
profile = "drf-jwt"
impersonate_path = "/impersonate/"
blacklist_path = "/blacklist/"
"#;

/// Section, key and value; `None` for what does not concern these endpoints.
fn translated(name: &str, value: &str) -> Result<Option<(&'static str, String, Value)>, String> {
    let on = matches!(value, "1" | "true" | "yes" | "on");
    let lower = name.to_ascii_lowercase();
    let simple_jwt = |value| Ok(Some(("simple_jwt", lower.clone(), value)));
    let other = |section, key: &str, value| Ok(Some((section, key.to_owned(), value)));
    match name {
        "ROTATE_REFRESH_TOKENS"
        | "BLACKLIST_AFTER_ROTATION"
        | "UPDATE_LAST_LOGIN"
        | "CHECK_REVOKE_TOKEN"
        | "CHECK_USER_IS_ACTIVE" => simple_jwt(on.into()),
        "ACCESS_TOKEN_LIFETIME"
        | "REFRESH_TOKEN_LIFETIME"
        | "SLIDING_TOKEN_LIFETIME"
        | "SLIDING_TOKEN_REFRESH_LIFETIME"
        | "LEEWAY" => simple_jwt(seconds(value)?.into()),
        "AUTH_HEADER_TYPES" | "AUTH_TOKEN_CLASSES" => simple_jwt(words(value)),
        "AUDIENCE" => simple_jwt(json(value)?),
        // Where the peer takes nothing for "no such claim", countersign takes `false`.
        "TOKEN_TYPE_CLAIM" | "JTI_CLAIM" if value.is_empty() => simple_jwt(false.into()),
        "ALGORITHM"
        | "ISSUER"
        | "AUTH_HEADER_NAME"
        | "USER_ID_FIELD"
        | "USER_ID_CLAIM"
        | "TOKEN_TYPE_CLAIM"
        | "JTI_CLAIM"
        | "SLIDING_TOKEN_REFRESH_EXP_CLAIM"
        | "REVOKE_TOKEN_CLAIM" => simple_jwt(value.into()),
        "SIMPLEJWT_BLACKLIST_APP" => other("blacklist", "enabled", on.into()),
        "ALLOW_ALL_USERS_BACKEND" => other("passwords", "allow_inactive", on.into()),
        "PBKDF2_ITERATIONS" => other("passwords", "pbkdf2_iterations", seconds(value)?.into()),
        "ALLOWED_HOSTS" => other("server", "allowed_hosts", words(value)),
        "APPEND_SLASH" => other("server", "append_slash", on.into()),
        "JSON_ONLY" => other("server", "json_only", on.into()),
        "LOCALE_MIDDLEWARE" => other("server", "locales", on.into()),
        "CORS_ALLOW_ALL_ORIGINS" => other("cors", "allow_all_origins", on.into()),
        "CORS_ALLOW_CREDENTIALS" => other("cors", "allow_credentials", on.into()),
        "CORS_ALLOWED_ORIGINS" => other("cors", "allowed_origins", words(value)),
        "CSRF_TRUSTED_ORIGINS" => other("csrf", "trusted_origins", words(value)),
        "HANDMADE_ACCESS_SECONDS" => other("cookie_auth", "access_token_lifetime", seconds(value)?.into()),
        "HANDMADE_REFRESH_SECONDS" => other("cookie_auth", "refresh_token_lifetime", seconds(value)?.into()),
        // The peer's own upkeep.
        "DRFJWT_BLACKLIST_APP" | "EVERY_HASH_KIND" => Ok(None),
        // Whether the recipe is followed to its words; the peers do not read it.
        "COOKIE_STRICT_PEER" => other("cookie_auth", "strict_peer", on.into()),
        // Which of the two packages is compared with; the peers do not read it.
        "JWT_PROFILE" => other("jwt_auth", "profile", value.into()),
        name if name.starts_with("JWT_") => {
            let (key, value) = jwt_auth(name, value)?;
            other("jwt_auth", &key, value)
        }
        _ => Err(format!("countersign has no counterpart for {name}={value}")),
    }
}

/// Key and value in the section of drf-jwt.
fn jwt_auth(name: &str, value: &str) -> Result<(String, Value), String> {
    let on = matches!(value, "1" | "true" | "yes" | "on");
    let key = name.trim_start_matches("JWT_").to_ascii_lowercase();
    Ok(match name {
        // A function that makes a key of the user's password, and a table of keys by name.
        "JWT_USER_SECRETS" => ("user_secret".to_owned(), on.into()),
        "JWT_SECRET_KEYS_JSON" => ("secret_key".to_owned(), json(value)?),
        "JWT_AUDIENCE" => (key, json(value)?),
        "JWT_LEEWAY" | "JWT_EXPIRATION_DELTA" | "JWT_REFRESH_EXPIRATION_DELTA" => {
            (key, seconds(value)?.into())
        }
        "JWT_ALGORITHM"
        | "JWT_ISSUER"
        | "JWT_TOKEN_ID"
        | "JWT_AUTH_HEADER_PREFIX"
        | "JWT_AUTH_COOKIE"
        | "JWT_AUTH_COOKIE_DOMAIN"
        | "JWT_AUTH_COOKIE_PATH"
        | "JWT_AUTH_COOKIE_SAMESITE"
        | "JWT_IMPERSONATION_COOKIE" => (key, value.into()),
        "JWT_INSIST_ON_KID"
        | "JWT_PAYLOAD_INCLUDE_USER_ID"
        | "JWT_VERIFY"
        | "JWT_VERIFY_EXPIRATION"
        | "JWT_ALLOW_REFRESH"
        | "JWT_AUTH_COOKIE_SECURE"
        | "JWT_DELETE_STALE_BLACKLISTED_TOKENS" => (key, on.into()),
        _ => return Err(format!("countersign has no counterpart for {name}={value}")),
    })
}

fn seconds(value: &str) -> Result<i64, String> {
    value.parse().map_err(|_| format!("`{value}` is no whole number"))
}

fn words(value: &str) -> Value {
    Value::Array(value.split(',').map(Value::from).collect())
}

fn json(value: &str) -> Result<Value, String> {
    serde_json::from_str(value).map_err(|error| format!("`{value}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate(settings: &[(&str, &str)]) -> Result<Table, String> {
        let settings = settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let text = configuration(&settings, Path::new("/tmp/a.db"))?;
        Ok(text.parse().unwrap())
    }

    #[test]
    fn settings_keep_their_names_and_get_a_type() {
        let file = translate(&[
            ("ROTATE_REFRESH_TOKENS", "1"),
            ("ACCESS_TOKEN_LIFETIME", "60"),
            ("AUDIENCE", r#"["a","b"]"#),
            ("SIMPLEJWT_BLACKLIST_APP", "0"),
            ("JWT_ALGORITHM", "HS512"),
        ])
        .unwrap();
        assert_eq!(file["database"].as_str(), Some("sqlite:///tmp/a.db"));
        let simple_jwt = file["simple_jwt"].as_table().unwrap();
        assert_eq!(simple_jwt["rotate_refresh_tokens"].as_bool(), Some(true));
        assert_eq!(simple_jwt["access_token_lifetime"].as_integer(), Some(60));
        assert_eq!(simple_jwt["audience"].as_array().map(Vec::len), Some(2));
        assert_eq!(simple_jwt.len(), 3);
        assert_eq!(file["blacklist"]["enabled"].as_bool(), Some(false));
        assert_eq!(file["jwt_auth"]["algorithm"].as_str(), Some("HS512"));
    }

    #[test]
    fn a_key_pair_is_the_peers_own() {
        let file = translate(&[("ALGORITHM", "RS256"), ("JWT_ALGORITHM", "HS512")]).unwrap();
        assert_eq!(file["simple_jwt"]["signing_key"]["file"].as_str(), Some("/tmp/RS256.key.pem"));
        assert!(file["jwt_auth"].get("private_key").is_none());
    }

    #[test]
    fn a_setting_without_a_counterpart_is_named() {
        assert!(translate(&[("DEBUG", "1")]).unwrap_err().contains("DEBUG"));
    }
}
