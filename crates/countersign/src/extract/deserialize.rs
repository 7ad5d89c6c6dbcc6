//! Claims as any type that serde can make.

use crate::authenticate::Caller;
use countersign_core::json::{Number, Value};
use serde_core::de::value::{MapDeserializer, SeqDeserializer};
use serde_core::de::{self, DeserializeOwned, IntoDeserializer, Visitor};
use std::fmt;

/// Claims that do not fit a type. Its text names the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsMismatch(String);

impl Caller {
    /// The claims of the token in a type of one's own.
    ///
    /// # Errors
    /// [`ClaimsMismatch`], where they do not fit it.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsMismatch> {
        let members = self.token.claims().iter().map(|(name, value)| (name, Json(value)));
        T::deserialize(MapDeserializer::<_, ClaimsMismatch>::new(members))
    }
}

/// A value to be read by serde.
#[derive(Clone, Copy)]
struct Json<'de>(&'de Value);

impl<'de> IntoDeserializer<'de, ClaimsMismatch> for Json<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Json<'de> {
    type Error = ClaimsMismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsMismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(Number::Integer(number)) => visitor.visit_i64(*number),
            Value::Number(number) => visitor.visit_f64(number.as_f64()),
            Value::String(text) => visitor.visit_borrowed_str(text),
            // No token holds half a character: its reader refuses them.
            Value::Unpaired(_) => Err(de::Error::custom("half a character")),
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Json))),
            Value::Object(object) => {
                let members = object.iter().map(|(name, value)| (name, Json(value)));
                visitor.visit_map(MapDeserializer::new(members))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsMismatch> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ClaimsMismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ClaimsMismatch> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Object(object) => {
                let members = object.iter().map(|(name, value)| (name, Json(value)));
                visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(members)))
            }
            _ => {
                let expected = format!("one of {variants:?} for {name}");
                Err(de::Error::custom(format_args!("expected {expected}")))
            }
        }
    }

    serde_core::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl de::Error for ClaimsMismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for ClaimsMismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the claims are not as expected: {}", self.0)
    }
}

impl std::error::Error for ClaimsMismatch {}
