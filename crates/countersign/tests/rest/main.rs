//! Django REST framework's habits, seen from outside: what goes in over HTTP and what comes out.

mod bodies;
mod console;
mod description;
mod errors;
mod fields;
mod headers;
mod locales;
mod log;
mod methods;
mod negotiation;
mod page;
mod properties;
mod recorded;
mod support;
mod tails;
mod vectors;
