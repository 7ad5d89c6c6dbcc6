//! Whether an RSA key is one to trust.

use super::KeyFault;

/// RFC 7518 §3.3 wants 2048 bits at least; beyond 8192 a signature costs more than a server should spend.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Checks a modulus and an exponent, big-endian and without leading zeros.
///
/// # Errors
/// [`KeyFault::RsaLength`], [`KeyFault::RsaExponent`] or [`KeyFault::RsaModulus`].
pub(crate) fn judge_modulus(n: &[u8], e: &[u8]) -> Result<(), KeyFault> {
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if !BITS.contains(&bits) {
        return Err(KeyFault::RsaLength);
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    // The library's own limit is 33 bits: no exponent in use comes near.
    let is_small = e.len() <= 4 || (e.len() == 5 && e[0] == 1);
    if !is_odd(e) || !is_small || e == [1] {
        return Err(KeyFault::RsaExponent);
    }
    if !is_odd(n) || is_of_a_flawed_chip(n) {
        return Err(KeyFault::RsaModulus);
    }
    Ok(())
}

/// The first odd primes, for which all moduli of the flawed chips are powers of 65537.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Nemec et al., "The Return of Coppersmith's Attack" (2017), §4.1: primes of these chips are 65537^a modulo the
/// product of the first primes, and so are their products. Another modulus passes with a chance of about 2⁻⁷⁸.
fn is_of_a_flawed_chip(n: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let residue = n.iter().fold(0, |residue, &byte| (residue * 256 + u32::from(byte)) % prime);
        let mut power = 1;
        (0..prime).any(|_| {
            let found = power == residue;
            power = power * (65537 % prime) % prime;
            found
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_a_long_and_an_even_modulus_are_refused() {
        let of = |length: usize, last: u8| {
            let mut n = vec![0xC5; length];
            n[length - 1] = last;
            n
        };
        let f4 = [1, 0, 1];
        assert_eq!(judge_modulus(&of(256, 1), &f4), Ok(()));
        assert_eq!(judge_modulus(&of(255, 1), &f4), Err(KeyFault::RsaLength));
        assert_eq!(judge_modulus(&of(1025, 1), &f4), Err(KeyFault::RsaLength));
        assert_eq!(judge_modulus(&of(256, 2), &f4), Err(KeyFault::RsaModulus));
        assert_eq!(judge_modulus(&[], &f4), Err(KeyFault::RsaLength));
    }

    #[test]
    fn an_exponent_is_odd_and_small_but_not_one() {
        let n = [0xC5; 256];
        for (e, verdict) in [
            (&[3][..], Ok(())),
            (&[1, 0, 0, 0, 1], Ok(())),
            (&[1], Err(KeyFault::RsaExponent)),
            (&[2], Err(KeyFault::RsaExponent)),
            (&[], Err(KeyFault::RsaExponent)),
            (&[2, 0, 0, 0, 1], Err(KeyFault::RsaExponent)),
            (&[1, 0, 0, 0, 0, 1], Err(KeyFault::RsaExponent)),
        ] {
            assert_eq!(judge_modulus(&n, e), verdict, "{e:?}");
        }
    }
}
