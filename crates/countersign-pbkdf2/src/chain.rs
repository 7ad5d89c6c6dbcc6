//! One block of a key under way: the chain of hashes that is added up, and the key it is hashed under.

use hmac::{Hmac, KeyInit as _};
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// The eight words of SHA-256.
pub(crate) type State = [u32; 8];

/// SHA-256's initial state: the fractional parts of the square roots of the first eight primes (FIPS 180-4
/// §5.3.3).
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// What an iteration takes and leaves. Every iteration is HMAC of `last`, which is then added to `sum`.
pub(crate) struct Chain {
    /// The state after HMAC's inner key block.
    pub(crate) inner: State,
    /// The state after its outer key block.
    pub(crate) outer: State,
    /// The hash of the last iteration.
    pub(crate) last: State,
    /// All hashes so far, added without carry.
    pub(crate) sum: State,
}

impl Chain {
    /// The chain under a password, with nothing in it.
    pub(crate) fn new(password: &[u8]) -> Self {
        let key = key_block(password);
        Self { inner: keyed(&key, 0x36), outer: keyed(&key, 0x5c), last: [0; 8], sum: [0; 8] }
    }

    /// Begins anew with the first iteration, the only one whose message is not a hash: HMAC of the salt and the
    /// block's number.
    pub(crate) fn begin(&mut self, first: &[u8; 32]) {
        for (word, bytes) in self.last.iter_mut().zip(first.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        self.sum = self.last;
    }

    /// The sum, as bytes.
    pub(crate) fn bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        write(&mut *bytes, &self.sum);
        bytes
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        for state in [&mut self.inner, &mut self.outer, &mut self.last, &mut self.sum] {
            state.zeroize();
        }
    }
}

/// HMAC under a password; the crate's own, for the message that is no hash.
pub(crate) fn mac(password: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(password).expect("HMAC takes a key of any length")
}

/// Writes words as SHA-256 does, the highest byte first.
pub(crate) fn write(bytes: &mut [u8], state: &State) {
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
}

/// HMAC's key, filled up to a block; one longer than a block is hashed first (RFC 2104 §2).
fn key_block(password: &[u8]) -> Zeroizing<[u8; BLOCK]> {
    let mut key = Zeroizing::new([0; BLOCK]);
    if password.len() > BLOCK {
        key[..32].copy_from_slice(&Sha256::digest(password));
    } else {
        key[..password.len()].copy_from_slice(password);
    }
    key
}

/// The state after the block that HMAC puts before its message.
fn keyed(key: &[u8; BLOCK], pad: u8) -> State {
    let block = Zeroizing::new(key.map(|byte| byte ^ pad));
    let mut state = INITIAL;
    compress256(&mut state, &[*block]);
    state
}
