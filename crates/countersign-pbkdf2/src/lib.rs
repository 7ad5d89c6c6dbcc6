#![doc = include_str!("../README.md")]

mod chain;
mod derivation;
mod engine;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sha_ni;

pub use derivation::{Derivation, derive};
pub use engine::Engine;
