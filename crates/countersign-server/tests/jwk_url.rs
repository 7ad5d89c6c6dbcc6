//! Keys of others: what is asked, what is taken, and what is not.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use countersign_core::jwk::{public_jwk, publish};
use countersign_core::jws::{Algorithm, Key, KeyRing, generate};
use countersign_core::random::SystemRandom;
use countersign_server::jwk_url::{FetchError, Fetcher, ForeignKeys, Https, Limits};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn key(kid: &str) -> Key {
    Key::read(Algorithm::Es256, generate(Algorithm::Es256, &SystemRandom).expose(), Some(kid)).unwrap()
}

fn set(keys: &[&Key]) -> String {
    publish(keys.iter().map(|key| key.verifying())).to_ascii()
}

/// Somebody who answers each connection with the present answer and counts them. Ends with the test.
#[derive(Clone)]
struct Issuer {
    port: u16,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    fn start(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = Self {
            port: listener.local_addr().unwrap().port(),
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
        };
        let own = issuer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                own.asked.fetch_add(1, Ordering::SeqCst);
                let own = own.clone();
                std::thread::spawn(move || own.serve(stream));
            }
        });
        issuer
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let answer = self.answer.lock().unwrap().clone();
        if answer == "nothing" {
            std::thread::sleep(Duration::from_mins(1));
        }
        let _ = stream.write_all(answer.as_bytes());
    }

    fn says(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/jwks.json", self.port)
    }

    fn client(&self) -> Https {
        Https::new(&self.url(), Limits { private: true, ..Limits::default() }).unwrap()
    }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn an_answer_is_taken_whole_and_nothing_but_200_is() {
    let issuer = Issuer::start(ok("{}"));
    assert_eq!(issuer.client().fetch().await.unwrap(), b"{}");
    issuer.says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned());
    assert_eq!(issuer.client().fetch().await.unwrap(), b"{}");
    for status in ["404 Not Found", "500 Oops", "204 No Content"] {
        issuer.says(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
        assert!(matches!(issuer.client().fetch().await, Err(FetchError::Status(_))), "{status}");
    }
    issuer.says("SSH-2.0-OpenSSH\r\n".to_owned());
    assert!(matches!(issuer.client().fetch().await, Err(FetchError::Http(_))));
    issuer.says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}".to_owned());
    assert!(issuer.client().fetch().await.is_err(), "half an answer is none");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Issuer::start(ok("{}"));
    let issuer = Issuer::start(format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url()
    ));
    assert!(matches!(issuer.client().fetch().await, Err(FetchError::Status(status)) if status == 302));
    assert_eq!((issuer.asked(), elsewhere.asked()), (1, 0));
}

#[tokio::test]
async fn an_answer_that_is_long_or_slow_is_given_up() {
    let issuer = Issuer::start(ok(&" ".repeat(64 * 1024)));
    assert_eq!(issuer.client().fetch().await.unwrap().len(), 64 * 1024);
    issuer.says(ok(&" ".repeat(64 * 1024 + 1)));
    assert!(matches!(issuer.client().fetch().await, Err(FetchError::TooLong(_))));
    issuer.says(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1 << 20)));
    assert!(matches!(issuer.client().fetch().await, Err(FetchError::TooLong(_))));
    issuer.says("nothing".to_owned());
    let limits = Limits { private: true, time: Duration::from_millis(200), ..Limits::default() };
    let client = Https::new(&issuer.url(), limits).unwrap();
    assert!(matches!(client.fetch().await, Err(FetchError::TooSlow(_))));
}

#[tokio::test]
async fn nobody_of_a_private_network_is_asked_unless_that_is_allowed() {
    let issuer = Issuer::start(ok("{}"));
    for name in ["127.0.0.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        let url = format!("https://{name}:{}/", issuer.port);
        assert!(matches!(Https::new(&url, Limits::default()), Err(FetchError::Private(_))), "{name}");
    }
    // A name that leads there is found out when it is resolved.
    let client = Https::new(&format!("https://localhost:{}/", issuer.port), Limits::default()).unwrap();
    assert!(matches!(client.fetch().await, Err(FetchError::Private(_))));
    assert_eq!(issuer.asked(), 0);
    // Without TLS only this machine is asked, allowed or not.
    let private = Limits { private: true, ..Limits::default() };
    let client = Https::new("http://10.255.255.1:9/", private).unwrap();
    assert!(matches!(client.fetch().await, Err(FetchError::Private(_))));
}

/// What a URL answers, one after the other; the last again and again.
struct Script {
    answers: Mutex<Vec<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

impl Fetcher for Script {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let failed = FetchError::TooSlow(Duration::from_secs(5));
        Box::pin(std::future::ready(answer.map(String::into_bytes).ok_or(failed)))
    }
}

fn foreign(answers: &[Option<String>]) -> (ForeignKeys, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let script = Script { answers: Mutex::new(answers.to_vec()), asked: Arc::clone(&asked) };
    (ForeignKeys::new(script, Algorithm::Es256), asked)
}

#[tokio::test]
async fn a_failure_keeps_the_old_keys_and_one_bad_key_spoils_no_set() {
    let (old, new) = (key("old"), key("new"));
    let bad = r#"{"kty":"EC","crv":"P-256","kid":"bad","x":"AA","y":"AA"}"#;
    let secret = r#"{"kty":"oct","kid":"secret","k":"c2VjcmV0"}"#;
    let mixed = format!(r#"{{"keys":[{bad},{},{{"kty":"RSA"}},7]}}"#, public_jwk(new.verifying()).unwrap());
    let (keys, _) = foreign(&[
        Some(set(&[&old])),
        None,
        Some("<html>".to_owned()),
        Some(format!(r#"{{"keys":[{secret}]}}"#)),
        Some(mixed),
    ]);
    for expected in ["old", "old", "old"] {
        keys.refresh().await;
        assert!(keys.has(expected));
    }
    keys.refresh().await;
    assert!(!keys.has("secret") && keys.keys().0.is_empty(), "a secret that anybody can fetch is none");
    keys.refresh().await;
    assert!(keys.has("new") && !keys.has("bad"));
    assert_eq!(keys.keys().0.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_id_is_a_reason_to_ask_once_a_minute() {
    let (old, new) = (key("old"), key("new"));
    let (keys, asked) = foreign(&[Some(set(&[&old])), Some(set(&[&old])), Some(set(&[&old, &new]))]);
    keys.refresh().await;
    keys.look_for("old").await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for kid in ["new", "new", "another", "../../etc/passwd"] {
        keys.look_for(kid).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    tokio::time::advance(Duration::from_secs(59)).await;
    keys.look_for("new").await;
    assert!(!keys.has("new"));
    tokio::time::advance(Duration::from_secs(1)).await;
    keys.look_for("new").await;
    assert!(keys.has("new"));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// The program, serving.
struct Server {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(config: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("countersign.toml"), config).unwrap();
        let command = |verb: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
            command.args(verb).current_dir(folder.path()).env_clear().envs(environment.iter().copied());
            command
        };
        assert!(command(&["db", "migrate"]).status().unwrap().success());
        let mut child = command(&["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ends before it listens");
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address, _folder: folder }
    }

    /// The status of a request with this token.
    fn hello(&self, token: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "GET /hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].parse().unwrap()
    }

    fn jwks(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .write_all(b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(url: &str) -> String {
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[simple_jwt]\nalgorithm = \"ES256\"\njwk_url = \"{url}\"\n\
         jwk_url_allow_private = true\n[demo]\nenabled = true\nstateless = true\n"
    )
}

/// An access token of the issuer's.
fn token(key: &Key) -> String {
    let ring = KeyRing::new(key.clone());
    ring.sign(
        r#"{"token_type":"access","exp":4102444800,"jti":"0123456789abcdef0123456789abcdef","user_id":"7"}"#,
    )
}

#[test]
fn a_server_with_a_jwk_url_alone_accepts_the_issuers_tokens_and_new_keys_at_the_first_request() {
    let (old, new) = (key("old"), key("new"));
    let issuer = Issuer::start(ok(&set(&[&old])));
    let server = Server::start(&config(&issuer.url()), &[]);
    assert_eq!((server.hello(&token(&old)), issuer.asked()), (200, 1));
    assert_eq!(server.hello(&token(&key("old"))), 401);
    issuer.says(ok(&set(&[&new])));
    assert_eq!((server.hello(&token(&new)), issuer.asked()), (200, 2));
    assert_eq!(server.hello(&token(&old)), 401);
    assert_eq!(server.hello(&token(&key("third"))), 401);
    assert_eq!(issuer.asked(), 2, "once a minute, whatever tokens say");
    // The keys of others are not published as our own.
    assert!(server.jwks().ends_with(r#"{"keys":[]}"#));
}

#[test]
fn a_server_starts_without_the_issuer_and_takes_its_keys_once_it_is_there() {
    let issuer = Issuer::start("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n".to_owned());
    let server = Server::start(&config(&issuer.url()), &[]);
    let key = key("k");
    issuer.says(ok(&set(&[&key])));
    assert_eq!(server.hello(&token(&key)), 200);
}

/// B13: with a listener on each URL that a header names, nobody connects.
#[test]
fn a_header_that_names_a_key_elsewhere_leads_nowhere() {
    let own = key("own");
    let issuer = Issuer::start(ok(&set(&[&own])));
    let server = Server::start(&config(&issuer.url()), &[]);
    let trap = Issuer::start(ok(&set(&[&key("own")])));
    let attacker = key("own");
    let jwk = public_jwk(attacker.verifying()).unwrap();
    let signed = token(&attacker);
    let (payload, _) = signed.split_once('.').unwrap().1.rsplit_once('.').unwrap();
    for member in ["jku", "x5u", "jwk", "x5c", "x5t"] {
        let value = match member {
            "jwk" => jwk.clone(),
            "x5c" => format!("[\"{}\"]", trap.url()),
            _ => format!("\"{}\"", trap.url()),
        };
        let header = format!(r#"{{"alg":"ES256","kid":"own","{member}":{value},"typ":"JWT"}}"#);
        let signed = format!("{}.{payload}", base64url(header.as_bytes()));
        let forged = format!("{signed}.{}", base64url(&attacker.signature(signed.as_bytes())));
        assert_eq!(server.hello(&forged), 401, "{member}");
    }
    assert_eq!((trap.asked(), issuer.asked()), (0, 1));
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Over TLS, with an authority of the machine's, and no other.
#[test]
fn the_issuer_is_believed_with_a_certificate_of_a_known_authority_alone() {
    let issuer_key = key("k");
    let port = tls_issuer(ok(&set(&[&issuer_key])));
    let url = format!("https://localhost:{port}/jwks.json");
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/authority.pem");
    let server = Server::start(&config(&url), &[("SSL_CERT_FILE", authority)]);
    assert_eq!(server.hello(&token(&issuer_key)), 200);
    let elsewhere = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/elsewhere.pem");
    let server = Server::start(&config(&url), &[("SSL_CERT_FILE", elsewhere)]);
    assert_eq!(server.hello(&token(&issuer_key)), 401);
}

/// Answers every connection over TLS until the test ends.
fn tls_issuer(answer: String) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let file = |name: &str| format!("{}/tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = CertificateDer::from_pem_file(file("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("localhost.key")).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
    });
    told.recv().unwrap()
}
