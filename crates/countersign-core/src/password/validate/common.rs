//! `CommonPasswordValidator`: Django's list, sorted, searched as one text.

use std::cmp::Ordering;

/// One password a line, in lower case, sorted by bytes. Its origin and licence stand beside it.
const LIST: &str = include_str!("../../../data/common-passwords.txt");

/// Whether it is on the list, whatever its case and outer white space.
pub(super) fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    contains(LIST, password.trim())
}

/// Searches sorted lines by halving. Costs no table of where the lines begin.
fn contains(list: &str, line: &str) -> bool {
    let mut rest = list.as_bytes();
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let start = rest[..middle].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let length = rest[start..].iter().position(|&byte| byte == b'\n').unwrap_or(rest.len() - start);
        match line.as_bytes().cmp(&rest[start..start + length]) {
            Ordering::Equal => return true,
            Ordering::Less => rest = &rest[..start],
            Ordering::Greater => rest = &rest[(start + length + 1).min(rest.len())..],
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_the_search_wants_it() {
        assert_eq!(LIST.lines().count(), 19_640);
        assert!(LIST.lines().is_sorted_by(|one, next| one < next));
        assert!(
            LIST.lines().all(|line| line == line.trim() && line == line.to_lowercase() && !line.is_empty())
        );
    }

    #[test]
    fn every_line_is_found_and_nothing_between_two() {
        for line in LIST.lines() {
            assert!(contains(LIST, line), "{line}");
            let next = format!("{line}\u{1}");
            assert!(!contains(LIST, &next), "{next}");
        }
        assert!(!contains(LIST, ""));
        assert!(!contains(LIST, "\u{1}"));
        assert!(!contains("", "password"));
    }

    #[test]
    fn case_and_outer_space_do_not_help() {
        assert!(is_common("Password"));
        assert!(is_common(" PASSWORD\t"));
        assert!(is_common("Пароль"));
        assert!(!is_common("pass word"));
    }
}
