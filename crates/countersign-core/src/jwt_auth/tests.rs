//! What the rules promise, over a store in memory and a clock that stands still.

mod claims;
mod deeds;
mod ends;
mod world;
