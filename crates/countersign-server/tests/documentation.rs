//! What is written about the program is what the program is.

use countersign_server::config;

#[test]
fn the_reference_of_settings_is_the_table_of_settings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == config::reference(), "docs/settings.md is not what config::reference() writes");
}
