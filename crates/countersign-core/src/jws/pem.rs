//! The one PEM block of a text (RFC 7468), by its label.

use super::KeyFault;
use zeroize::Zeroizing;

/// What a block holds.
pub(super) enum Block {
    /// PKCS#8, PKCS#1 or SEC 1.
    Private(Zeroizing<Vec<u8>>),
    /// SPKI or PKCS#1.
    Public(Vec<u8>),
}

/// Reads the only block of a text. What stands around it is not looked at.
pub(super) fn read(text: &[u8]) -> Result<Block, KeyFault> {
    let mut blocks = pem::parse_many(text).map_err(|_| KeyFault::NotAKey)?;
    // `openssl ecparam -genkey` writes the name of the curve in a block of its own.
    blocks.retain(|block| block.tag() != "EC PARAMETERS");
    let block = blocks.pop().ok_or(KeyFault::NotAKey)?;
    if !blocks.is_empty() {
        return Err(KeyFault::SeveralBlocks);
    }
    let is_encrypted = block
        .headers()
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("Proc-Type") && value.contains("ENCRYPTED"));
    if is_encrypted || block.tag() == "ENCRYPTED PRIVATE KEY" {
        return Err(KeyFault::Encrypted);
    }
    match block.tag() {
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            Ok(Block::Private(Zeroizing::new(block.into_contents())))
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Ok(Block::Public(block.into_contents())),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(KeyFault::Certificate),
        other => Err(KeyFault::UnknownBlock(other.to_owned())),
    }
}
