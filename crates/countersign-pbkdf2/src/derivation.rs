//! A key under way.

use crate::chain::{self, Chain};
use crate::engine::Engine;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a block of a key.
const BLOCK: usize = 32;

/// A key under way. It is taken further by [`advance`](Self::advance), alone, or beside another by
/// [`advance_two`](Self::advance_two), and is there when nothing is [`left`](Self::left).
///
/// ```
/// use countersign_pbkdf2::{Derivation, Engine};
///
/// let mut alice = Derivation::new(b"secret", b"salt", 1000, 32);
/// let mut bob = Derivation::new(b"hunter2", b"pepper", 400, 32);
/// Derivation::advance_two(Engine::detect(), [&mut alice, &mut bob], 600);
/// // The first of the thousand was done with the beginning.
/// assert_eq!((alice.left(), bob.left()), (399, 0));
/// alice.advance(Engine::detect(), u32::MAX);
/// assert_eq!(alice.key().map(<[u8]>::len), Some(32));
/// ```
pub struct Derivation {
    /// HMAC under the password, of the salt.
    salted: Hmac<Sha256>,
    iterations: u32,
    /// The block under way, and how many iterations it still takes.
    chain: Chain,
    left: u32,
    /// The finished blocks, and how long they shall become.
    done: Zeroizing<Vec<u8>>,
    length: usize,
}

/// The key of a password: all of it at once, on this thread.
#[must_use]
pub fn derive(password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Zeroizing<Vec<u8>> {
    let mut derivation = Derivation::new(password, salt, iterations, length);
    let engine = Engine::detect();
    while derivation.left() > 0 {
        derivation.advance(engine, u32::MAX);
    }
    derivation.into_key()
}

impl Derivation {
    /// Begins. No iterations count as one; a key of no bytes is there at once. Blocks of 32 bytes are made one
    /// after the other, each by so many iterations.
    #[must_use]
    pub fn new(password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Self {
        let mut derivation = Self {
            salted: chain::mac(password).chain_update(salt),
            iterations: iterations.max(1),
            chain: Chain::new(password),
            left: 0,
            done: Zeroizing::new(Vec::with_capacity(length.next_multiple_of(BLOCK))),
            length,
        };
        derivation.turn();
        derivation
    }

    /// How many iterations the block under way still takes; 0 if and only if the key is there.
    ///
    /// A key of more than 32 bytes has as many again to come for each further block.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.left
    }

    /// Takes it up to so many iterations further, and not beyond the end of a block.
    pub fn advance(&mut self, engine: Engine, times: u32) {
        let times = times.min(self.left);
        engine.run([&mut self.chain], times);
        self.spend(times);
    }

    /// Takes each of two up to so many iterations further, and neither beyond the end of a block. For as long as
    /// both have something to do they are done side by side.
    pub fn advance_two(engine: Engine, [one, two]: [&mut Self; 2], times: u32) {
        let both = times.min(one.left).min(two.left);
        engine.run([&mut one.chain, &mut two.chain], both);
        let ends = [&one, &two].map(|derivation| derivation.left == both);
        for (derivation, ends) in [one, two].into_iter().zip(ends) {
            derivation.spend(both);
            if !ends {
                derivation.advance(engine, times - both);
            }
        }
    }

    /// The key, once it is there.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        (self.left == 0).then_some(&*self.done)
    }

    fn into_key(self) -> Zeroizing<Vec<u8>> {
        self.done
    }

    fn spend(&mut self, times: u32) {
        if self.left == 0 {
            return;
        }
        self.left -= times;
        if self.left == 0 {
            let room = self.length - self.done.len();
            self.done.extend_from_slice(&self.chain.bytes()[..room.min(BLOCK)]);
            self.turn();
        }
    }

    /// Begins blocks until one takes more than its first iteration, or the key is there.
    fn turn(&mut self) {
        while self.left == 0 && self.done.len() < self.length {
            let number =
                u32::try_from(self.done.len() / BLOCK + 1).expect("nobody has memory for such a key");
            let first = self.salted.clone().chain_update(number.to_be_bytes()).finalize().into_bytes();
            self.chain.begin(&first.into());
            self.left = self.iterations - 1;
            if self.left == 0 {
                let room = self.length - self.done.len();
                self.done.extend_from_slice(&self.chain.bytes()[..room.min(BLOCK)]);
            }
        }
    }
}

/// Shows nothing of the password, salt or key.
impl fmt::Debug for Derivation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Derivation").field("left", &self.left).finish_non_exhaustive()
    }
}
