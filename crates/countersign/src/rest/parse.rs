//! From bytes to the data of a request: the framework's three parsers, their order and their words.

use super::answer::Answer;
use super::charset::Charset;
use super::form;
use super::media_type::{MediaType, Parser};
use axum::body::HttpBody;
use bytes::Bytes;
use countersign_core::json::{Number, Object, Reader, Value};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyDataStream, BodyExt, Full, LengthLimitError, Limited};

/// Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`, in bytes.
const LARGEST_BODY: usize = 2_621_440;
/// Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
const MOST_FIELDS: usize = 1000;
/// The framework's `max_media_type_length`.
const LONGEST_MEDIA_TYPE: usize = 256;

/// The data of a request.
#[derive(Default)]
pub(super) struct Data {
    pub(super) members: Object,
    /// Whether it came from a form, where a blank value and none are the same for optional fields.
    pub(super) is_form: bool,
}

/// Why there is no data.
pub(super) enum ParseError {
    /// The framework's own refusal, rendered like any answer.
    Answer(Answer),
    /// Django's refusal of a suspicious request: a bare 400 that says why.
    Suspicious(&'static str),
}

impl From<Answer> for ParseError {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// Reads and parses a body.
///
/// # Errors
/// 415 for a media type that no parser reads; 400 for a body that is too large, has too many fields, is not
/// what its media type says, or holds no object.
pub(super) async fn parse<B>(headers: &HeaderMap, body: B) -> Result<Data, ParseError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let bytes = read(headers, body).await?;
    if bytes.is_empty() {
        return Ok(Data { members: Object::new(), is_form: false });
    }
    let (media_type, content_type) = MediaType::of_body(headers);
    let parser = media_type.parser().filter(|_| content_type.len() <= LONGEST_MEDIA_TYPE);
    let Some(parser) = parser else { return Err(unsupported(&content_type).into()) };
    let charset = charset(&media_type)?;
    let members = match parser {
        Parser::Json => json(&bytes, charset)?,
        Parser::Urlencoded => urlencoded(&bytes, charset)?,
        Parser::Multipart => multipart(bytes, &media_type, charset).await?,
    };
    Ok(Data { members, is_form: parser.is_form() })
}

async fn read<B>(headers: &HeaderMap, body: B) -> Result<Bytes, ParseError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    const TOO_LARGE: ParseError = ParseError::Suspicious("Request body is larger than 2621440 bytes.");
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > LARGEST_BODY as u64) {
        return Err(TOO_LARGE);
    }
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(TOO_LARGE),
        // Nobody is left to read this: the connection broke.
        Err(_) => Err(ParseError::Suspicious("Request body ended early.")),
    }
}

fn unsupported(content_type: &str) -> Answer {
    let detail = format!("Unsupported media type \"{content_type}\" in request.");
    Answer::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail)
}

fn charset(media_type: &MediaType) -> Result<Charset, Answer> {
    let Some(name) = media_type.parameter("charset") else { return Ok(Charset::Utf8) };
    Charset::named(name)
        .ok_or_else(|| bad(&format!("Unsupported charset \"{name}\" in request Content-Type header.")))
}

fn bad(detail: &str) -> Answer {
    Answer::detail(StatusCode::BAD_REQUEST, detail)
}

fn json(bytes: &[u8], charset: Charset) -> Result<Object, Answer> {
    let parse_error = |words: &dyn std::fmt::Display| bad(&format!("JSON parse error - {words}"));
    let value = match charset {
        Charset::Utf8 => Reader::BODY.read(bytes),
        Charset::Latin1 => Reader::BODY.read(charset.decode(bytes).as_bytes()),
        Charset::Ascii if bytes.is_ascii() => Reader::BODY.read(bytes),
        Charset::Ascii => return Err(parse_error(&"the text is not ASCII")),
    };
    match value.map_err(|error| parse_error(&error))? {
        Value::Object(members) => Ok(members),
        Value::Null => Err(Answer::non_field_error("No data provided")),
        other => Err(Answer::non_field_error(&format!(
            "Invalid data. Expected a dictionary, but got {}.",
            python_type(&other)
        ))),
    }
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(Number::Float(_)) => "float",
        Value::Number(_) => "int",
        Value::String(_) | Value::Unpaired(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

const TOO_MANY_FIELDS: ParseError = ParseError::Suspicious("Request body has more than 1000 fields.");

fn urlencoded(bytes: &[u8], charset: Charset) -> Result<Object, ParseError> {
    if form::count(bytes) > MOST_FIELDS {
        return Err(TOO_MANY_FIELDS);
    }
    Ok(form::body_pairs(bytes, charset).into_iter().collect())
}

async fn multipart(bytes: Bytes, media_type: &MediaType, charset: Charset) -> Result<Object, ParseError> {
    let boundary = boundary(media_type)?;
    let mut parts = multer::Multipart::new(BodyDataStream::new(Full::new(bytes)), boundary);
    let (mut members, mut count) = (Object::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(|error| multipart_error(&error))? {
        count += 1;
        if count > MOST_FIELDS {
            return Err(TOO_MANY_FIELDS);
        }
        let Some(name) = part.name().map(|name| name.trim().to_owned()) else { continue };
        match part.file_name() {
            Some("") => {}
            // A file is no string, whatever it holds: the field says so.
            Some(_) => members.insert(&name, Object::new()),
            None => {
                let value = part.bytes().await.map_err(|error| multipart_error(&error))?;
                members.insert(&name, charset.decode(&value).into_owned());
            }
        }
    }
    Ok(members)
}

/// Django takes a boundary of up to 201 visible ASCII characters, with spaces anywhere but at its end.
fn boundary(media_type: &MediaType) -> Result<&str, Answer> {
    let boundary = media_type.parameter("boundary");
    let is_good = |text: &&str| {
        text.len() <= 201 && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.ends_with(' ')
    };
    boundary.filter(|text| !text.is_empty()).filter(is_good).ok_or_else(|| {
        let shown = boundary.unwrap_or("None");
        bad(&format!("Multipart form parse error - Invalid boundary in multipart: {shown}"))
    })
}

fn multipart_error(error: &multer::Error) -> Answer {
    bad(&format!("Multipart form parse error - {error}"))
}
