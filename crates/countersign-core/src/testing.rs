//! What tests need: a clock that stands still, randomness that repeats, a store in memory, and the facts that
//! every store must show ([`contract`]).
//!
//! Behind the feature `testing`, so that people who bring their own store can hold it to the same facts.

mod clock;
pub mod contract;
mod hashing;
mod memory;
pub mod model;
mod poll;
mod random;
mod rotating;

pub use self::clock::ManualClock;
pub use self::hashing::InlineHashing;
pub use self::memory::MemoryStore;
pub use self::poll::{block_on, join_all};
pub use self::random::SeededRandom;
pub use self::rotating::rotating;
