//! A page of names and values.

/// A line for each pair; further lines of a value stand below its first. A pair without a value is left out.
pub(super) fn page(pairs: &[(&str, String)]) -> String {
    let pairs = || pairs.iter().filter(|(_, value)| !value.is_empty());
    let width = pairs().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let indented = format!("\n{:width$}  ", "");
    let lines: Vec<_> = pairs()
        .map(|(name, value)| format!("{name:<width$}  {}", value.trim_end().replace('\n', &indented)))
        .collect();
    lines.join("\n")
}

/// A text from elsewhere, fit for a terminal: what would move the cursor is replaced.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_one_column() {
        let pairs = [("a", "one\ntwo".to_owned()), ("none", String::new()), ("abc", "three".to_owned())];
        assert_eq!(page(&pairs), "a    one\n     two\nabc  three");
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
