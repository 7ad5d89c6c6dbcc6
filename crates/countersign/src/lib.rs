//! Token authentication for axum: the wires that Django REST framework's clients know.
//!
//! An [`Endpoint`](endpoint::Endpoint) describes one address as data; a [`rest::Site`] serves a set of them
//! with the framework's habits, from content negotiation to the browsable page.

pub mod endpoint;
pub mod rest;
