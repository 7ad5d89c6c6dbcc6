//! Where argon2 does its work.

use argon2::{Argon2, Block, Result};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The memory that hashes are made in. Kept, it is one piece for each hash that was ever made at the same time as
/// others, each as large as the largest yet, and none larger than [`LARGEST`]: with a pool of threads, a piece for
/// each thread at most.
pub(super) struct Memory {
    /// `None`: the system gets it back after each hash.
    kept: Option<Mutex<Vec<Vec<Block>>>>,
}

/// What is given back after each hash.
pub(super) static RELEASED: Memory = Memory::released();

/// Pieces larger than what Django's costs ask for, in blocks of 1 KiB, are not kept: a few stored hashes need them,
/// and only once.
const LARGEST: usize = 102_400;

impl Memory {
    pub(super) const fn released() -> Self {
        Self { kept: None }
    }

    pub(super) const fn kept() -> Self {
        Self { kept: Some(Mutex::new(Vec::new())) }
    }

    /// Computes a hash.
    ///
    /// # Errors
    /// If the salt or the hash has a length that argon2 does not take, or there is no memory.
    pub(super) fn hash(
        &self,
        function: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        hash: &mut [u8],
    ) -> Result<()> {
        let blocks = function.params().block_count();
        let Some(kept) = self.kept.as_ref().filter(|_| blocks <= LARGEST) else {
            return function.hash_password_into(password, salt, hash);
        };
        let pieces = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = pieces().pop().unwrap_or_default();
        if piece.len() < blocks {
            // Zeros fresh from the system, not those of the smaller piece copied.
            piece = vec![Block::default(); blocks];
        }
        // What the last hash left in it is overwritten before it is read, as the algorithm has it.
        let done = function.hash_password_into_with_memory(password, salt, hash, &mut piece[..]);
        pieces().push(piece);
        done
    }
}

/// Shows how many pieces there are, nothing of what is in them.
impl fmt::Debug for Memory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces = self.kept.as_ref().map(|kept| kept.lock().map_or(0, |pieces| pieces.len()));
        out.debug_struct("Memory").field("pieces", &pieces).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{Algorithm, Params, Version};

    fn hash(memory: &Memory, kibibytes: u32, password: &[u8]) -> [u8; 32] {
        let params = Params::new(kibibytes, 2, 2, None).unwrap();
        let function = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = [0; 32];
        memory.hash(&function, password, b"a salt of 16 byt", &mut hash).unwrap();
        hash
    }

    fn pieces(memory: &Memory) -> Vec<usize> {
        memory.kept.as_ref().unwrap().lock().unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn what_an_earlier_hash_left_changes_nothing() {
        let memory = Memory::kept();
        for kibibytes in [64, 256, 64, 128, 300] {
            for password in [&b"one"[..], b"two"] {
                assert_eq!(hash(&memory, kibibytes, password), hash(&RELEASED, kibibytes, password));
            }
        }
    }

    #[test]
    fn one_after_the_other_they_share_one_piece() {
        let memory = Memory::kept();
        for kibibytes in [64, 256, 128] {
            hash(&memory, kibibytes, b"secret");
        }
        assert_eq!(pieces(&memory), [256]);
    }

    #[test]
    fn a_piece_beyond_djangos_costs_is_given_back() {
        let memory = Memory::kept();
        hash(&memory, 102_400 + 8, b"secret");
        assert_eq!(pieces(&memory), [0; 0]);
    }
}
