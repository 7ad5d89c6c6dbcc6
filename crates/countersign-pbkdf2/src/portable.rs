//! Iterations on the compression function of the `sha2` crate, which is quick everywhere, and in safe code.

use crate::chain::{Chain, State, write};
use sha2::block_api::compress256;

/// A block that holds a hash: 32 bytes to come, the end mark, and the length in bits of what was hashed, which
/// is a key block and 32 bytes.
const PADDED: [u8; 64] = {
    let mut block = [0; 64];
    block[32] = 0x80;
    [block[62], block[63]] = 768_u16.to_be_bytes();
    block
};

/// Takes a chain so many iterations further.
pub(crate) fn run(chain: &mut Chain, times: u32) {
    let mut block = PADDED;
    for _ in 0..times {
        let hash = compress(chain.inner, &mut block, &chain.last);
        chain.last = compress(chain.outer, &mut block, &hash);
        for (sum, word) in chain.sum.iter_mut().zip(chain.last) {
            *sum ^= word;
        }
    }
}

/// SHA-256 of a hash, from a state on.
fn compress(mut state: State, block: &mut [u8; 64], hash: &State) -> State {
    write(&mut block[..32], hash);
    compress256(&mut state, std::slice::from_ref(block));
    state
}
