//! One request over HTTPS, within limits.

use super::is_public;
use bytes::Bytes;
use countersign_core::jwk::MAX_SET_LENGTH;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Gets what a URL has.
pub trait Fetcher: Send + Sync {
    /// The body of the answer.
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>>;
}

/// What a request may cost, and whom it may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest answer, in bytes.
    pub bytes: usize,
    /// The longest time, from the name's resolution to the last byte.
    pub time: Duration,
    /// Whether addresses of this machine and of private networks may be asked, this machine without TLS too.
    pub private: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: MAX_SET_LENGTH, time: Duration::from_secs(5), private: false }
    }
}

/// Reads a URL that may be asked, as far as can be seen without asking.
///
/// # Errors
/// [`FetchError::Url`] or [`FetchError::Private`].
pub fn judge(url: &str, private: bool) -> Result<Uri, FetchError> {
    // What stands before an @ may be a password.
    let refused = || FetchError::Url(url.rsplit('@').next().unwrap_or_default().to_owned());
    let uri: Uri = url.parse().map_err(|_| refused())?;
    let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let is_asked = matches!((uri.scheme_str(), private), (Some("https"), _) | (Some("http"), true));
    if !(is_plain && is_asked) {
        return Err(refused());
    }
    match host(&uri).parse::<IpAddr>() {
        Ok(address) if !private && !is_public(address) => Err(FetchError::Private(address)),
        _ => Ok(uri),
    }
}

/// The name or address, without the brackets of IPv6.
fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It is none that is asked.
    #[error("{0} is no https URL")]
    Url(String),
    /// The name leads to addresses that may not be asked.
    #[error(
        "{0} is an address of a private network or of this machine, which may be asked with [simple_jwt] jwk_url_allow_private = true"
    )]
    Private(IpAddr),
    /// Nobody was there, or not who was expected.
    #[error("no connection: {0}")]
    Connection(#[from] io::Error),
    /// The answer cannot be read.
    #[error("no answer in HTTP: {0}")]
    Http(#[from] hyper::Error),
    /// Anything but 200. Redirects are not followed.
    #[error("it answers {0}, and only 200 is taken: redirects are not followed")]
    Status(StatusCode),
    /// It goes on and on.
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
    /// It takes too long.
    #[error("there was no whole answer within {0:?}")]
    TooSlow(Duration),
}

/// A URL, asked by a client of its own.
#[derive(Debug)]
pub struct Https {
    uri: Uri,
    limits: Limits,
    tls: Arc<ClientConfig>,
}

impl Https {
    /// A client for a URL. Certificates are judged by the authorities that this machine trusts (`SSL_CERT_FILE` names
    /// others).
    ///
    /// # Errors
    /// As [`judge`].
    pub fn new(url: &str, limits: Limits) -> Result<Self, FetchError> {
        let uri = judge(url, limits.private)?;
        Ok(Self { uri, limits, tls: Arc::new(trusting(authorities())) })
    }

    async fn ask(&self) -> Result<Vec<u8>, FetchError> {
        let host = host(&self.uri);
        let has_tls = self.uri.scheme_str() == Some("https");
        let port = self.uri.port_u16().unwrap_or(if has_tls { 443 } else { 80 });
        let stream = self.connect(host, port, has_tls).await?;
        if !has_tls {
            return self.exchange(stream).await;
        }
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| FetchError::Url(self.uri.to_string()))?;
        self.exchange(TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?).await
    }

    /// Connects to an address that may be asked: the very one that was looked at, not what its name says a moment later.
    async fn connect(&self, host: &str, port: u16, has_tls: bool) -> Result<TcpStream, FetchError> {
        let mut last = FetchError::Connection(io::ErrorKind::NotFound.into());
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        for address in addresses {
            let ip = address.ip().to_canonical();
            let may_be_asked =
                is_public(ip) && has_tls || self.limits.private && (has_tls || ip.is_loopback());
            if !may_be_asked {
                last = FetchError::Private(ip);
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Vec<u8>, FetchError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let _connection = Connection(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .header(header::USER_AGENT, concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Url(self.uri.to_string()))?;
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        match Limited::new(response.into_body(), self.limits.bytes).collect().await {
            Ok(body) => Ok(body.to_bytes().to_vec()),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLong(self.limits.bytes)),
            Err(error) => Err(FetchError::Connection(io::Error::other(error))),
        }
    }
}

impl Fetcher for Https {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        Box::pin(async {
            let answer = tokio::time::timeout(self.limits.time, self.ask()).await;
            answer.unwrap_or(Err(FetchError::TooSlow(self.limits.time)))
        })
    }
}

/// The task that moves the bytes of a connection. It ends with the exchange.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn trusting(authorities: RootCertStore) -> ClientConfig {
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(authorities)
        .with_no_client_auth()
}

/// Those that the machine trusts. With none of them no certificate is good, which the first request says.
fn authorities() -> RootCertStore {
    let mut authorities = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "certificates of this machine cannot be read");
    }
    authorities.add_parsable_certificates(found.certs);
    authorities
}
