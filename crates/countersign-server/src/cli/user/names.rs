//! What a new user may be called: the rules of Django's `User`, in its words.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `max_length` of the username and of both names.
const LONGEST_NAME: usize = 150;
/// `max_length` of the mail address.
const LONGEST_EMAIL: usize = 254;

/// A username as it is stored: Unicode's NFKC, so that two that look alike are one
/// (`AbstractBaseUser.normalize_username`).
pub(crate) fn normalized(username: &str) -> String {
    username.nfkc().collect()
}

/// Checks a normalised username (`UnicodeUsernameValidator`).
///
/// # Errors
///
/// Django's words.
pub(crate) fn check_username(username: &str) -> Result<(), String> {
    if username.is_empty() {
        return Err("Username cannot be blank.".to_owned());
    }
    if !username.chars().all(|c| is_word(c) || "@.+-".contains(c)) {
        return Err("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ \
                    characters."
            .to_owned());
    }
    at_most(username, LONGEST_NAME)
}

/// Checks a first or last name.
///
/// # Errors
///
/// Django's words.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    at_most(name, LONGEST_NAME)
}

/// Checks a mail address and puts its domain in lower case (`BaseUserManager.normalize_email`). An empty one
/// is none.
///
/// This is for slips of the finger; whether mail arrives is another matter.
///
/// # Errors
///
/// Django's words.
pub(crate) fn email(address: &str) -> Result<String, String> {
    if address.is_empty() {
        return Ok(String::new());
    }
    let blank = |c: char| c.is_whitespace() || c.is_control();
    match address.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && is_domain(domain) && !address.contains(blank) => {
            at_most(address, LONGEST_EMAIL)?;
            Ok(format!("{local}@{}", domain.to_lowercase()))
        }
        _ => Err("Enter a valid email address.".to_owned()),
    }
}

/// `localhost`, an address in brackets, or words with a dot between them.
fn is_domain(domain: &str) -> bool {
    let in_brackets = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']');
    let dotted = domain.contains('.') && domain.split('.').all(|word| !word.is_empty());
    domain.eq_ignore_ascii_case("localhost") || in_brackets || dotted
}

fn at_most(text: &str, most: usize) -> Result<(), String> {
    match text.chars().count() {
        count if count > most => {
            Err(format!("Ensure this value has at most {most} characters (it has {count})."))
        }
        _ => Ok(()),
    }
}

/// Python's `\w`: letters and numbers of any script, and the underscore; marks make no word. Unicode may be newer
/// here than there.
fn is_word(c: char) -> bool {
    c == '_' || (c.is_alphanumeric() && !is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usernames_of_django_are_usernames() {
        for name in ["alice", "a", "a.b+c-d_e@example.com", "zoë", "Ярослав", "名前", "٣", &"x".repeat(150)]
        {
            assert_eq!(check_username(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_django_refuses_is_refused_in_its_words() {
        let words =
            "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
        for name in ["alice smith", "a/b", "alice\n", "a'b", "a\u{0}", "\u{93f}", "a\u{301}", "a\u{200b}"] {
            assert_eq!(check_username(name), Err(words.to_owned()), "{name:?}");
        }
        assert_eq!(check_username(""), Err("Username cannot be blank.".to_owned()));
        assert_eq!(
            check_username(&"x".repeat(151)),
            Err("Ensure this value has at most 150 characters (it has 151).".to_owned())
        );
    }

    #[test]
    fn names_that_look_alike_are_one() {
        assert_eq!(normalized("ａｌｉｃｅ"), "alice");
        assert_eq!(normalized("ﬁ"), "fi");
        assert_eq!(normalized("zoe\u{308}"), "zoë");
    }

    #[test]
    fn a_mail_address_keeps_its_case_but_for_the_domain() {
        assert_eq!(email("Ann.Lee@EXAMPLE.com"), Ok("Ann.Lee@example.com".to_owned()));
        assert_eq!(email("root@localhost"), Ok("root@localhost".to_owned()));
        assert_eq!(email(""), Ok(String::new()));
        for address in ["ann", "@example.com", "ann@", "ann@example", "ann@.com", "a nn@example.com"] {
            assert_eq!(email(address), Err("Enter a valid email address.".to_owned()), "{address}");
        }
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing_more(name in ".{0,40}") {
            let once = normalized(&name);
            prop_assert_eq!(normalized(&once), once);
        }
    }
}
