//! `UserAttributeSimilarityValidator`: Python's `difflib.SequenceMatcher.quick_ratio`, in whole numbers.

use super::{Attribute, UserAttributes};
use std::collections::HashMap;

/// The first attribute that the password has too much in common with, whole or in part: the parts of an address
/// count too.
///
/// A part is what Python's `\W+` leaves, up to the finer points of which marks make a word.
pub(super) fn similar(password: &str, user: &UserAttributes<'_>) -> Option<Attribute> {
    let password: Vec<char> = password.to_lowercase().chars().collect();
    [
        (user.username, Attribute::Username),
        (user.first_name, Attribute::FirstName),
        (user.last_name, Attribute::LastName),
        (user.email, Attribute::Email),
    ]
    .into_iter()
    .filter(|(value, _)| !value.is_empty())
    .find(|(value, _)| {
        let value = value.to_lowercase();
        let parts = value.split(|character: char| !character.is_alphanumeric() && character != '_');
        parts.chain([&*value]).any(|part| is_close(&password, part))
    })
    .map(|(_, attribute)| attribute)
}

/// `quick_ratio() >= 0.7`, unless the lengths alone (`exceeds_maximum_length_ratio`) rule it out.
fn is_close(password: &[char], value: &str) -> bool {
    let value: Vec<char> = value.chars().collect();
    if password.len() >= 10 * value.len() && 20 * value.len() < 7 * password.len() {
        return false;
    }
    // 2 · common / lengths ≥ 0.7, where two empty texts are alike.
    let lengths = password.len() + value.len();
    20 * common(password, &value) >= 7 * lengths
}

/// How many characters both have, in any order, each as often as the poorer has it.
fn common(password: &[char], value: &[char]) -> usize {
    let mut left: HashMap<char, usize> = HashMap::new();
    for character in value {
        *left.entry(*character).or_default() += 1;
    }
    let take = |character: &&char| match left.get_mut(character) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    password.iter().filter(take).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdicts of Django 5.2 on `User(username=…, email=…)`.
    #[test]
    fn verdicts_are_djangos() {
        let verdicts = [
            ("alice", "al@example.com", "alice", Some(Attribute::Username)),
            ("alice", "al@example.com", "ALICE1", Some(Attribute::Username)),
            ("alice", "al@example.com", "alice123", Some(Attribute::Username)),
            ("alice", "al@example.com", "alice1234", Some(Attribute::Username)),
            ("alice", "al@example.com", "ecila", Some(Attribute::Username)),
            ("alice", "al@example.com", "alix", None),
            ("alice", "al@example.com", "aaliiccee", Some(Attribute::Username)),
            ("alice", "al@example.com", "al", Some(Attribute::Email)),
            ("alice", "al@example.com", "example", Some(Attribute::Email)),
            ("alice", "al@example.com", "example9999", Some(Attribute::Email)),
            ("alice", "al@example.com", "al@example.com.org", Some(Attribute::Email)),
            ("alice", "al@example.com", "liceaxyz", Some(Attribute::Username)),
            ("alice", "al@example.com", &"a".repeat(50), None),
            ("zoë-müller_42", "", "Müller_42x", Some(Attribute::Username)),
            ("zoë-müller_42", "", "zoé", None),
            ("zoë-müller_42", "", "ZOË", Some(Attribute::Username)),
            ("..", "", "abcdefgh", None),
            ("..", "", "", Some(Attribute::Username)),
            ("ab", "", "abcabc", None),
            ("abcdefg", "", "abcdefgxyz", Some(Attribute::Username)),
            ("abcdefg", "", "abcdefghijklm", Some(Attribute::Username)),
            ("abcdefg", "", "abcdefgxxxxxx", Some(Attribute::Username)),
            ("abcdefg", "", "abcdefgxxxxxxx", None),
        ];
        for (username, email, password, verdict) in verdicts {
            let user = UserAttributes { username, email, ..UserAttributes::default() };
            assert_eq!(similar(password, &user), verdict, "{username} {email} {password}");
        }
    }
}
