//! What somebody may have meant.

/// The candidate that looks most like `text`, if one is near enough to be worth naming.
pub(super) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&text, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let names = ["access_token_lifetime", "refresh_token_lifetime", "leeway"];
        assert_eq!(nearest("acess_token_lifetme", names), Some("access_token_lifetime"));
        assert_eq!(nearest("LEEWAY", names), Some("leeway"));
        assert_eq!(nearest("quux", names), None);
    }
}
