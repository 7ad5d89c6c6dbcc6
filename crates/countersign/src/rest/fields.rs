//! Validation of fields: the framework's `CharField` and `Serializer`.

use super::answer::Answer;
use super::parse::Data;
use crate::endpoint::{Field, FieldKind};
use countersign_core::json::{Number, Value};

/// The validated fields of a call. They have no `Debug`: passwords and tokens are among them.
#[derive(Default)]
pub struct Texts<'a> {
    values: Vec<(&'a str, String)>,
}

impl Texts<'_> {
    /// The value of a field, if it was sent.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// The value of a field, empty where an optional one was left out.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }
}

/// Validates every field that can be sent, in order. Members that are no field are ignored.
///
/// # Errors
/// 400 with the complaints about all bad fields.
pub(super) fn validate<'a>(fields: &'a [Field], data: &Data) -> Result<Texts<'a>, Answer> {
    let (mut values, mut errors) = (Vec::with_capacity(fields.len()), Vec::new());
    for field in fields.iter().filter(|field| !field.read_only) {
        let checked = match field.kind {
            FieldKind::PrimaryKey => primary_key(field, sent(field, data)),
            FieldKind::Text | FieldKind::Password | FieldKind::Token => text(field, sent(field, data)),
            FieldKind::Choice(choices) => choice(field, choices, sent(field, data)),
        };
        match checked {
            Ok(Some(value)) => values.push((field.name.as_ref(), value)),
            Ok(None) => {}
            Err(complaint) => errors.push((field.name.as_ref(), vec![complaint])),
        }
    }
    if errors.is_empty() { Ok(Texts { values }) } else { Err(Answer::field_errors(errors)) }
}

/// What was sent for a field. A form cannot leave a shown field out, so there a blank optional one is none.
fn sent<'d>(field: &Field, data: &'d Data) -> Option<&'d Value> {
    let value = data.members.get(&field.name);
    value.filter(|value| field.required || !data.is_form || value.as_str() != Some(""))
}

fn text(field: &Field, value: Option<&Value>) -> Result<Option<String>, String> {
    let text = match value {
        None => return missing(field),
        Some(Value::Null) => return Err("This field may not be null.".to_owned()),
        Some(Value::String(text)) if field.trim => strip(text).to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Unpaired(half)) => {
            return Err(format!("Surrogate characters are not allowed: U+{half:04X}."));
        }
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err("Not a valid string.".to_owned());
        }
    };
    if text.is_empty() {
        return Err("This field may not be blank.".to_owned());
    }
    if text.contains('\0') {
        return Err("Null characters are not allowed.".to_owned());
    }
    Ok(Some(text))
}

fn missing(field: &Field) -> Result<Option<String>, String> {
    if field.required && !field.elsewhere { Err("This field is required.".to_owned()) } else { Ok(None) }
}

/// A primary key as text. Whether there is such a thing is for the action to say. A fraction is cut off, as
/// Python's `int()` does; a truth value is refused, which `int()` would take.
fn primary_key(field: &Field, value: Option<&Value>) -> Result<Option<String>, String> {
    let received = match value {
        None => return missing(field),
        Some(Value::Null) => return Err("This field may not be null.".to_owned()),
        Some(Value::String(text)) if text.is_empty() => return Err("This field may not be null.".to_owned()),
        Some(Value::String(text)) if !text.contains('\0') => return Ok(Some(text.clone())),
        Some(Value::Number(Number::Float(number))) if number.is_finite() => {
            return Ok(Some(format!("{:.0}", number.trunc())));
        }
        Some(Value::Number(Number::Float(_))) => "float",
        Some(Value::Number(number)) => return Ok(Some(number.to_string())),
        Some(Value::Bool(_)) => "bool",
        Some(Value::Array(_)) => "list",
        Some(Value::Object(_)) => "dict",
        Some(Value::String(_) | Value::Unpaired(_)) => "str",
    };
    Err(format!("Incorrect type. Expected pk value, received {received}."))
}

/// One of the words: the framework's `ChoiceField`.
fn choice(field: &Field, choices: &[&str], value: Option<&Value>) -> Result<Option<String>, String> {
    let shown = match value {
        None => return missing(field),
        Some(Value::Null) => return Err("This field may not be null.".to_owned()),
        Some(Value::String(word)) if choices.contains(&word.as_str()) => return Ok(Some(word.clone())),
        Some(Value::String(word)) => word.clone(),
        Some(other) => other.to_utf8(),
    };
    Err(format!("\"{shown}\" is not a valid choice."))
}

/// Python's `str.strip()`: Unicode's white space and the four separators U+001C to U+001F.
fn strip(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::json::Reader;

    fn checked(field: &Field, json: &str) -> Result<String, String> {
        let value = Reader::BODY.read(json.as_bytes()).unwrap();
        text(field, Some(&value)).map(Option::unwrap_or_default)
    }

    #[test]
    fn a_value_is_taken_or_refused_as_the_rest_framework_does() {
        let field = Field::text("username");
        for (json, result) in [
            ("\"alice\"", Ok("alice")),
            ("5", Ok("5")),
            ("-0", Ok("0")),
            ("1.5", Ok("1.5")),
            ("1e3", Ok("1000.0")),
            ("1e400", Ok("inf")),
            ("123456789012345678901234567890", Ok("123456789012345678901234567890")),
            ("\" \\u00a0\\u3000\\u001c\\u001falice\\u2028\\n \"", Ok("alice")),
            ("\"\\u200balice\"", Ok("\u{200b}alice")),
            ("null", Err("This field may not be null.")),
            ("\"\"", Err("This field may not be blank.")),
            ("\" \\t\\u001f\\u0085\"", Err("This field may not be blank.")),
            ("true", Err("Not a valid string.")),
            ("[]", Err("Not a valid string.")),
            ("{}", Err("Not a valid string.")),
            ("\"a\\u0000b\"", Err("Null characters are not allowed.")),
            ("\"\\ud800\"", Err("Surrogate characters are not allowed: U+D800.")),
            ("\"a\\udfff \"", Err("Surrogate characters are not allowed: U+DFFF.")),
        ] {
            let result = result.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(checked(&field, json), result, "{json}");
        }
    }

    #[test]
    fn an_untrimmed_field_keeps_its_spaces_and_takes_nothing_but_spaces() {
        let field = Field::password("password").trimmed(false);
        assert_eq!(checked(&field, "\"  padded pass  \""), Ok("  padded pass  ".to_owned()));
        assert_eq!(checked(&field, "\"  \""), Ok("  ".to_owned()));
        assert_eq!(checked(&field, "\"\""), Err("This field may not be blank.".to_owned()));
    }

    #[test]
    fn a_primary_key_is_taken_or_refused_as_the_rest_framework_does() {
        let field = Field::primary_key("user");
        for (json, result) in [
            ("1", Ok("1")),
            ("\"1\"", Ok("1")),
            ("\"abc\"", Ok("abc")),
            ("-1", Ok("-1")),
            ("1.5", Ok("1")),
            ("1e3", Ok("1000")),
            ("1000000000000000000000000000000", Ok("1000000000000000000000000000000")),
            ("null", Err("This field may not be null.")),
            ("\"\"", Err("This field may not be null.")),
            ("true", Err("Incorrect type. Expected pk value, received bool.")),
            ("[1]", Err("Incorrect type. Expected pk value, received list.")),
            ("{}", Err("Incorrect type. Expected pk value, received dict.")),
            ("1e400", Err("Incorrect type. Expected pk value, received float.")),
            ("\"\\ud800\"", Err("Incorrect type. Expected pk value, received str.")),
        ] {
            let value = Reader::BODY.read(json.as_bytes()).unwrap();
            let result = result.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(primary_key(&field, Some(&value)).map(Option::unwrap_or_default), result, "{json}");
        }
    }

    #[test]
    fn a_choice_is_one_of_its_words() {
        let field = Field::choice("transport", &["cookie", "body"]);
        let checked = |json: &str| {
            let value = Reader::BODY.read(json.as_bytes()).unwrap();
            choice(&field, &["cookie", "body"], Some(&value))
        };
        assert_eq!(checked("\"body\""), Ok(Some("body".to_owned())));
        assert_eq!(checked("\"\""), Err("\"\" is not a valid choice.".to_owned()));
        assert_eq!(checked("5"), Err("\"5\" is not a valid choice.".to_owned()));
        assert_eq!(checked("null"), Err("This field may not be null.".to_owned()));
    }

    #[test]
    fn a_field_that_may_be_elsewhere_is_missed_by_nobody_here() {
        let data = Data { members: [("other", "x")].into_iter().collect(), is_form: false };
        assert!(validate(&[Field::text("token")], &data).is_err());
        assert!(validate(&[Field::text("token").or_elsewhere()], &data).is_ok());
    }

    #[test]
    fn a_blank_optional_field_counts_as_none_in_a_form_alone() {
        let fields = [Field::text("note").optional()];
        let data = |is_form| Data { members: [("note", "")].into_iter().collect(), is_form };
        assert!(validate(&fields, &data(true)).is_ok_and(|texts| texts.find("note").is_none()));
        assert!(validate(&fields, &data(false)).is_err());
    }
}
