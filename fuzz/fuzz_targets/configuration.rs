//! Configuration files: whatever is written, there is a configuration or a list of what is wrong, each with a remedy.
#![no_main]

use countersign_server::config::Layers;
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("countersign-fuzz-{}.toml", std::process::id())));

fuzz_target!(|text: &str| {
    // What a secret names is read, and some files have no end.
    if text.contains("file") || text.contains("fil\\u") {
        return;
    }
    std::fs::write(&*FILE, text).expect("a temporary file");
    match Layers::default().file(Some(&FILE)).load() {
        Ok(config) => assert!(!config.shown().is_empty()),
        Err(invalid) => {
            assert!(!invalid.faults.is_empty());
            for fault in &invalid.faults {
                assert!(!fault.what.is_empty() && !fault.remedy.is_empty(), "{fault}");
            }
        }
    }
});
