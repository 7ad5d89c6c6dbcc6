//! The steps by which our own tables came about.

use crate::error::OpenFault;
use crate::token::hex;
use sha2::{Digest as _, Sha256};

/// A step of our own schema. Its text is never changed once it is released: a change is another step.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its name, the same on every database.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) sql: &'static str,
}

impl Step {
    /// What is written down of its text.
    pub(crate) fn checksum(&self) -> String {
        hex(&Sha256::digest(self.sql))
    }
}

/// The names of the steps that a database has, with their checksums, as names. Errs where they are not the first of
/// `steps`.
pub(crate) fn known(steps: &[Step], applied: Vec<(String, String)>) -> Result<Vec<String>, OpenFault> {
    for (position, (name, sum)) in applied.iter().enumerate() {
        match steps.get(position) {
            None => return Err(OpenFault::Newer { step: name.clone() }),
            Some(step) if step.name != name || step.checksum() != *sum => {
                return Err(OpenFault::Changed { step: name.clone() });
            }
            Some(_) => {}
        }
    }
    Ok(applied.into_iter().map(|(name, _)| name).collect())
}

/// The names of the steps that are still to be applied where the first `applied` are.
pub(crate) fn pending(steps: &[Step], applied: usize) -> Vec<String> {
    steps.iter().skip(applied).map(|step| step.name.to_owned()).collect()
}
