//! Iterations on the SHA instructions of x86-64, several chains side by side.
//!
//! The instructions keep SHA-256's words in two registers, as `a b e f` and `c d g h` from the highest lane down
//! (Intel's manual, SHA256RNDS2), and so does everything here, from the first iteration to the last. A message's
//! words stand from the lowest lane up.
//!
//! Why this is sound: see the crate's documentation.

use crate::chain::{Chain, State};
use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_sha256msg1_epu32,
    _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi64,
    _mm_xor_si128,
};

/// The proof that this processor has the instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShaNi(());

impl ShaNi {
    /// Asks the processor.
    pub(crate) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse2")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1");
        has_all.then_some(Self(()))
    }

    /// Takes every chain so many iterations further. One or two at a time: more have no registers.
    #[expect(clippy::unused_self, reason = "it is the proof")]
    pub(crate) fn run<const N: usize>(self, chains: [&mut Chain; N], times: u32) {
        #[expect(unsafe_code, reason = "whoever has a ShaNi has the instructions")]
        // SAFETY: the function needs the features `sha`, `sse2`, `ssse3` and `sse4.1` and nothing else. `self` is
        // made by `detect` alone, the field being private, which made it because all four are there.
        unsafe {
            iterate(chains, times);
        }
    }
}

/// SHA-256's words in the processor's order.
#[derive(Clone, Copy)]
struct Words {
    abef: __m128i,
    cdgh: __m128i,
}

/// What a chain's iterations have in common.
#[derive(Clone, Copy)]
struct Lane {
    /// The states after HMAC's inner and outer key blocks.
    key: [Words; 2],
    sum: Words,
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn iterate<const N: usize>(chains: [&mut Chain; N], times: u32) {
    let mut lanes = chains
        .each_ref()
        .map(|chain| Lane { key: [words(&chain.inner), words(&chain.outer)], sum: words(&chain.sum) });
    let mut last = chains.each_ref().map(|chain| words(&chain.last));
    for _ in 0..times {
        // A loop, so that the compiler sees one call and puts the function in its place.
        for side in 0..2 {
            last = compress(lanes.map(|lane| lane.key[side]), last);
        }
        for (lane, last) in lanes.iter_mut().zip(last) {
            lane.sum.abef = _mm_xor_si128(lane.sum.abef, last.abef);
            lane.sum.cdgh = _mm_xor_si128(lane.sum.cdgh, last.cdgh);
        }
    }
    for ((chain, lane), last) in chains.into_iter().zip(lanes).zip(last) {
        chain.last = state(last);
        chain.sum = state(lane.sum);
    }
}

/// SHA-256 of hashes, each from a state on. Their blocks are 32 bytes and padding that says 96 bytes.
///
/// Rounds come in groups of four. They are written out, not looped over, so that what is known of a group is
/// known to the compiler and nothing leaves the registers.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[inline]
fn compress<const N: usize>(states: [Words; N], hashes: [Words; N]) -> [Words; N] {
    let mut streams = [Stream { words: states[0], message: [_mm_set_epi32(0, 0, 0, 0); 4] }; N];
    for (stream, (words, hash)) in streams.iter_mut().zip(states.into_iter().zip(hashes)) {
        let [low, high] = as_message(hash);
        stream.words = words;
        stream.message = [low, high, _mm_set_epi32(0, 0, 0, END_MARK), _mm_set_epi32(LENGTH, 0, 0, 0)];
    }
    let streams = group::<0, N>(streams);
    let streams = group::<1, N>(streams);
    let streams = group::<2, N>(streams);
    let streams = group::<3, N>(streams);
    let streams = group::<4, N>(streams);
    let streams = group::<5, N>(streams);
    let streams = group::<6, N>(streams);
    let streams = group::<7, N>(streams);
    let streams = group::<8, N>(streams);
    let streams = group::<9, N>(streams);
    let streams = group::<10, N>(streams);
    let streams = group::<11, N>(streams);
    let streams = group::<12, N>(streams);
    let streams = group::<13, N>(streams);
    let streams = group::<14, N>(streams);
    let streams = group::<15, N>(streams);
    let mut sums = states;
    for (sum, stream) in sums.iter_mut().zip(streams) {
        sum.abef = _mm_add_epi32(sum.abef, stream.words.abef);
        sum.cdgh = _mm_add_epi32(sum.cdgh, stream.words.cdgh);
    }
    sums
}

/// One message being hashed: the words of its last four groups, each at its number modulo four.
#[derive(Clone, Copy)]
struct Stream {
    words: Words,
    message: [__m128i; 4],
}

/// Four rounds of each stream, which stand beside one another and do not wait for one another.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[inline]
fn group<const G: usize, const N: usize>(mut streams: [Stream; N]) -> [Stream; N] {
    for stream in &mut streams {
        if G >= 4 {
            stream.message[G % 4] = schedule::<G>(&stream.message);
        }
        stream.words = four_rounds::<G>(stream.words, stream.message[G % 4]);
    }
    streams
}

/// The bit after a message's end.
const END_MARK: i32 = i32::MIN;

/// Bits of a key block and a hash.
const LENGTH: i32 = 768;

/// The words of a group from those of the four groups before it (FIPS 180-4 §6.2.2, step 1).
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[inline]
fn schedule<const G: usize>(message: &[__m128i; 4]) -> __m128i {
    let before = |groups: usize| message[(G - groups) % 4];
    let sigma0 = match G {
        // The words of group 2 are the end mark and zeros, those of group 3 end in the length: nothing to add.
        6 => before(4),
        _ => _mm_sha256msg1_epu32(before(4), before(3)),
    };
    let partial = match G {
        // Words 9 to 12 are 0.
        4 => sigma0,
        _ => _mm_add_epi32(sigma0, _mm_alignr_epi8::<4>(before(1), before(2))),
    };
    _mm_sha256msg2_epu32(partial, before(1))
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[inline]
fn four_rounds<const G: usize>(words: Words, message: __m128i) -> Words {
    let [k0, k1, k2, k3] = CONSTANTS[G];
    let keyed = _mm_add_epi32(message, _mm_set_epi32(k3, k2, k1, k0));
    let cdgh = _mm_sha256rnds2_epu32(words.cdgh, words.abef, keyed);
    let abef = _mm_sha256rnds2_epu32(words.abef, cdgh, _mm_shuffle_epi32::<0b_00_00_11_10>(keyed));
    Words { abef, cdgh }
}

/// A hash as the first eight words of a message.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[inline]
fn as_message(hash: Words) -> [__m128i; 2] {
    // From the lowest lane up: `b a d c`, then `a b c d`.
    let low = _mm_shuffle_epi32::<0b_10_11_00_01>(_mm_unpackhi_epi64(hash.abef, hash.cdgh));
    let high = _mm_shuffle_epi32::<0b_10_11_00_01>(_mm_unpacklo_epi64(hash.abef, hash.cdgh));
    [low, high]
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
#[expect(clippy::many_single_char_names, reason = "the standard's names")]
fn words(state: &State) -> Words {
    let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
    Words { abef: _mm_set_epi32(a, b, e, f), cdgh: _mm_set_epi32(c, d, g, h) }
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn state(Words { abef, cdgh }: Words) -> State {
    [
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(cdgh),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<1>(abef),
        _mm_extract_epi32::<0>(abef),
        _mm_extract_epi32::<1>(cdgh),
        _mm_extract_epi32::<0>(cdgh),
    ]
    .map(i32::cast_unsigned)
}

/// SHA-256's constants, four a group: the fractional parts of the cube roots of the first 64 primes (FIPS 180-4
/// §4.2.2).
#[expect(clippy::unreadable_literal, reason = "eight digits of no meaning")]
const CONSTANTS: [[i32; 4]; 16] = signed([
    [0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5],
    [0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
    [0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3],
    [0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
    [0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc],
    [0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
    [0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
    [0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
    [0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13],
    [0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
    [0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3],
    [0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
    [0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5],
    [0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
    [0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208],
    [0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
]);

const fn signed(groups: [[u32; 4]; 16]) -> [[i32; 4]; 16] {
    let mut signed = [[0; 4]; 16];
    let mut at = 0;
    while at < 64 {
        signed[at / 4][at % 4] = groups[at / 4][at % 4].cast_signed();
        at += 1;
    }
    signed
}
