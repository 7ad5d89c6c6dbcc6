//! Which language a client wants: `django.utils.translation.trans_real`, step by step.

use super::Language;

/// Django's `LANGUAGE_CODE_MAX_LENGTH`: what a header says beyond is not looked at.
const LONGEST: usize = 500;

/// The best liked language that is known.
pub(super) fn choose(header: &str) -> Option<Language> {
    let header = shortened(header)?.to_ascii_lowercase();
    let mut ranges = ranges(&header)?;
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    ranges.iter().map(|range| range.tag).take_while(|&tag| tag != "*").find_map(variant)
}

/// A language range of the header, with its quality in thousandths.
struct Range<'h> {
    tag: &'h str,
    quality: u16,
}

/// A header that is too long ends at its last comma within the limit.
fn shortened(header: &str) -> Option<&str> {
    if header.len() <= LONGEST {
        return Some(header);
    }
    let cut = header.as_bytes()[..LONGEST].iter().rposition(|&byte| byte == b',').filter(|&cut| cut > 0)?;
    Some(&header[..cut])
}

/// All ranges, or none at all if anything is malformed.
fn ranges(mut rest: &str) -> Option<Vec<Range<'_>>> {
    let mut ranges = Vec::new();
    while !rest.is_empty() {
        let (tag, after_tag) = tag(rest)?;
        let (quality, after) = quality(after_tag).unwrap_or((1000, after_tag));
        ranges.push(Range { tag, quality });
        rest = if after.is_empty() { after } else { trim(after).strip_prefix(',').map(trim)? };
    }
    Some(ranges)
}

/// `*`, or words of up to 8 letters, and digits too from the second on.
fn tag(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !matches!(byte, b'*' | b'-' | b'a'..=b'z' | b'0'..=b'9'));
    let (tag, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_word = |word: &str| (1..=8).contains(&word.len()) && !word.contains('*');
    let starts_well = tag.split('-').next().is_some_and(|word| !word.contains(|c: char| c.is_ascii_digit()));
    (tag == "*" || starts_well && tag.split('-').all(is_word)).then_some((tag, rest))
}

/// `;q=0.5`, with white space around the semicolon alone.
fn quality(text: &str) -> Option<(u16, &str)> {
    let text = trim(trim(text).strip_prefix(';')?).strip_prefix("q=")?;
    let end = text.bytes().position(|byte| !matches!(byte, b'.' | b'0'..=b'9')).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 3 || fraction.contains('.') {
        return None;
    }
    match whole {
        "0" => Some((format!("{fraction:0<3}").parse().ok()?, rest)),
        "1" if fraction.bytes().all(|digit| digit == b'0') => Some((1000, rest)),
        _ => None,
    }
}

fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// The language itself, its special fallback, a more general form, or a variant of the most general one.
fn variant(tag: &str) -> Option<Language> {
    let general = tag.rmatch_indices('-').map(|(end, _)| &tag[..end]);
    let mut candidates = std::iter::once(tag).chain(special(tag)).chain(general);
    candidates.find_map(Language::named).or_else(|| {
        let most_general = tag.split('-').next()?;
        let is_variant =
            |code: &str| code.strip_prefix(most_general).is_some_and(|subtag| subtag.starts_with('-'));
        Language::all().find(|language| is_variant(language.code()))
    })
}

/// The `fallback` of Django's `LANG_INFO`.
fn special(tag: &str) -> Option<&'static str> {
    match tag {
        "zh-cn" | "zh-my" | "zh-sg" => Some("zh-hans"),
        "zh-hk" | "zh-mo" | "zh-tw" => Some("zh-hant"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_header_gets_the_language_that_django_chooses() {
        let table = include_str!("../../locales/accept-language.tsv");
        assert!(table.lines().count() > 300);
        for line in table.lines() {
            let (header, code) = line.split_once('\t').unwrap();
            assert_eq!(Language::accepted(header).code(), code, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_has_a_language(header in "\\PC*|[a-zA-Z0-9*,;=q. -]{0,700}") {
            let code = Language::accepted(&header).code();
            prop_assert!(Language::named(code).is_some());
        }

        #[test]
        fn the_best_liked_language_wins_wherever_it_stands(better in 1..=1000_u16, worse in 0..1000_u16) {
            prop_assume!(better > worse);
            let quality = |thousandths: u16| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            let (de, fr) = (format!("de;q={}", quality(better)), format!("fr;q={}", quality(worse)));
            prop_assert_eq!(Language::accepted(&format!("{de}, {fr}")).code(), "de");
            prop_assert_eq!(Language::accepted(&format!("{fr},{de}")).code(), "de");
        }
    }
}
