//! PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) of one block: what a login costs, and so what a server can take.
//!
//! An iteration of the general form clones two hash states, pads, and copies through buffers. Here the two
//! states of HMAC's key are computed once, and an iteration is two calls of the compression function on one
//! block whose padding never changes. That is a quarter less time than the `pbkdf2` crate takes, which stays
//! the judge in the tests.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

type State = [u32; 8];
type Block = [u8; 64];

/// SHA-256's initial state: the fractional parts of the square roots of the first eight primes (FIPS 180-4
/// §5.3.3).
const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The first 32 bytes of the derived key, for any length of password and salt. No iterations count as one.
pub(super) fn derive(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let key = key_block(password);
    let inner = keyed(&key, 0x36);
    let outer = keyed(&key, 0x5c);
    let mut last = first(password, salt);
    let mut sum = last;
    let mut block = padded_block();
    for _ in 1..iterations {
        let hash = compress(*inner, &mut block, &last);
        last = compress(*outer, &mut block, &hash);
        for (sum, word) in sum.iter_mut().zip(last) {
            *sum ^= word;
        }
    }
    let mut bytes = [0; 32];
    write(&mut bytes, &sum);
    bytes
}

/// HMAC's key, filled up to a block; one longer than a block is hashed first (RFC 2104 §2).
fn key_block(password: &[u8]) -> Zeroizing<Block> {
    let mut key = Zeroizing::new([0; 64]);
    if password.len() > key.len() {
        key[..32].copy_from_slice(&Sha256::digest(password));
    } else {
        key[..password.len()].copy_from_slice(password);
    }
    key
}

/// The state after the block that HMAC puts before its message.
fn keyed(key: &Block, pad: u8) -> Zeroizing<State> {
    let block = Zeroizing::new(key.map(|byte| byte ^ pad));
    let mut state = Zeroizing::new(INITIAL);
    compress256(&mut state, &[*block]);
    state
}

/// The first iteration, the only one whose message is not a hash: HMAC of the salt and the block's number.
fn first(password: &[u8], salt: &[u8]) -> State {
    let mac = Hmac::<Sha256>::new_from_slice(password).expect("HMAC takes a key of any length");
    let bytes = mac.chain_update(salt).chain_update(1_u32.to_be_bytes()).finalize().into_bytes();
    let mut state = [0; 8];
    for (word, bytes) in state.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    state
}

/// A block that holds a hash: 32 bytes to come, the end mark, and the length in bits of what was hashed, which
/// is a key block and 32 bytes.
fn padded_block() -> Block {
    let mut block = [0; 64];
    block[32] = 0x80;
    block[62..].copy_from_slice(&768_u16.to_be_bytes());
    block
}

/// SHA-256 of a hash, from a state on.
fn compress(mut state: State, block: &mut Block, hash: &State) -> State {
    write(block, hash);
    compress256(&mut state, std::slice::from_ref(block));
    state
}

fn write(bytes: &mut [u8], state: &State) {
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_pbkdf2_where_lengths_meet_the_block() {
        for password in [0, 1, 63, 64, 65, 200] {
            for salt in [1, 22, 51, 52, 60, 64, 65, 200] {
                let (password, salt) = (vec![b'p'; password], vec![b's'; salt]);
                assert_eq!(derive(&password, &salt, 3), judge(&password, &salt, 3));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_is_pbkdf2(password: Vec<u8>, salt: Vec<u8>, iterations in 1..40_u32) {
            prop_assert_eq!(derive(&password, &salt, iterations), judge(&password, &salt, iterations));
        }
    }

    fn judge(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt, iterations)
    }
}
