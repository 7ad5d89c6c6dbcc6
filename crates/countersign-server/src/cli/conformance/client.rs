//! One request to a server over plain http.

use crate::cli::Failure;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use std::io::Error;
use std::str::FromStr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an answer may take: a password is hashed for it, perhaps by a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than any answer of the endpoints that are asked.
const LONGEST: usize = 1024 * 1024;

/// The beginning of a server's URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Base {
    /// `127.0.0.1:8001`
    authority: String,
    /// Without the slash at its end.
    path: String,
}

/// What is asked.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: String,
}

/// What was answered.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl FromStr for Base {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: http::Uri = text.parse().map_err(|_| "is no URL".to_owned())?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) => {
                let port = if authority.port().is_some() { "" } else { ":80" };
                let path = uri.path().trim_end_matches('/').to_owned();
                Ok(Self { authority: format!("{authority}{port}"), path })
            }
            (Some("https"), _) => {
                Err("is https: name the application server itself, as in http://127.0.0.1:8000".to_owned())
            }
            _ => Err("is no http URL, as in http://127.0.0.1:8000".to_owned()),
        }
    }
}

impl Base {
    /// Asks, and waits for the whole answer.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Got, Failure> {
        let failed = |cause: Error| Failure::io(format!("http://{} did not answer", self.authority))(cause);
        tokio::time::timeout(PATIENCE, self.exchange(ask))
            .await
            .unwrap_or_else(|_| Err(Error::other("it took more than 30 seconds")))
            .map_err(failed)
    }

    async fn exchange(&self, ask: &Ask) -> Result<Got, Error> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Error::other)?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(ask.method)
            .uri(format!("{}{}", self.path, ask.path))
            .header("host", &self.authority)
            .header("accept", "application/json");
        if let Some(content_type) = ask.content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(Full::new(Bytes::from(ask.body.clone()))).map_err(Error::other)?;
        let answer = sender.send_request(request).await.map_err(Error::other)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(Error::other)?.to_bytes();
        connection.abort();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Got { status: head.status.as_u16(), headers: head.headers, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_plain_http_and_what_is_not_says_why() {
        let base: Base = "http://127.0.0.1:8001/api/".parse().unwrap();
        assert_eq!((&*base.authority, &*base.path), ("127.0.0.1:8001", "/api"));
        assert_eq!("http://django".parse::<Base>().unwrap().authority, "django:80");
        assert!("https://x".parse::<Base>().unwrap_err().contains("application server"));
        assert!("127.0.0.1:8001".parse::<Base>().is_err());
    }
}
