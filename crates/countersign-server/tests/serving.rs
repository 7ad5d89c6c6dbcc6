//! The serving loop, as a client and an operator meet it: a real process, real signals, real sockets.
//!
//! The process is this test program itself, started again to run [`child`].

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use countersign::rest::{Site, SiteSettings};
use countersign_core::random::SystemRandom;
use countersign_server::config::{Config, Environment, Layers};
use countersign_server::serve::{App, Ended, Reload, Server, signals};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names the configuration file of the child.
const CONFIG: &str = "SERVING_TEST_CONFIG";

const BASE: &str = "[server]\nlisten = \"127.0.0.1:0\"\n";

#[test]
fn it_says_where_it_listens_and_answers() {
    let server = Process::start(BASE);
    let answer = server.ask("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
    let answer = server.ask("GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
    for path in ["/healthz", "/readyz"] {
        let answer = server.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("{\"status\":\"ok\"}"), "{answer}");
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn sigterm_finishes_the_request_in_hand_and_exits_with_0() {
    let server = Process::start(BASE);
    let mut slow = server.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    std::thread::sleep(Duration::from_millis(200));
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(server.address).is_err(), "nobody is let in any more");
    let answer = read(&mut slow);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("slow"), "{answer}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn while_load_balancers_look_elsewhere_it_still_answers_and_says_that_it_stops() {
    let server = Process::start(&format!("{BASE}stop_delay = \"1s\"\n"));
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(300));
    let answer = server.ask("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let answer = server.ask("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_second_signal_does_not_wait() {
    let server = Process::start(BASE);
    let _stuck = server.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
    std::thread::sleep(Duration::from_millis(200));
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(200));
    server.signal(Signal::INT);
    assert_eq!(server.wait(), Some(1));
}

#[test]
fn a_request_that_outlasts_the_drain_is_cut_off() {
    let server = Process::start(&format!("{BASE}drain_timeout = \"300ms\"\n"));
    let _stuck = server.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.stop(), Some(1));
}

#[test]
fn sighup_takes_a_good_configuration_and_keeps_the_old_one_instead_of_a_bad_one() {
    let server = Process::start(BASE);
    for (text, ends) in [
        ("append_slash = true\n", "true"),
        ("append_slash = false\n", "false"),
        ("append_slash = \n", "false"),
        ("quux = 1\n", "false"),
        ("append_slash = true\n", "true"),
    ] {
        server.configure(&format!("{BASE}{text}"));
        server.signal(Signal::HUP);
        std::thread::sleep(Duration::from_millis(300));
        let answer = server.ask("GET /append_slash HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(answer.ends_with(ends), "{text}: {answer}");
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_file_that_appears_later_is_read_when_the_configuration_is_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let layers = Layers::default().without_keys().file_if_present(&directory.path().join("countersign.toml"));
    assert!(!layers.load().unwrap().server.json_only);
    std::fs::write(directory.path().join("countersign.toml"), "[server]\njson_only = true\n").unwrap();
    assert!(layers.load().unwrap().server.json_only);
}

#[test]
fn a_client_that_never_ends_its_head_is_cut_off() {
    let server = Process::start(&format!("{BASE}header_timeout = \"500ms\"\n"));
    let began = Instant::now();
    let mut slow = server.send("GET /hello HTTP/1.1\r\n");
    let mut writer = slow.try_clone().unwrap();
    let drip = std::thread::spawn(move || {
        while began.elapsed() < Duration::from_secs(5) && writer.write_all(b"x: y\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let answer = read(&mut slow);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    drop(slow);
    drip.join().unwrap();
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_answer_may_take_longer_than_a_head_and_silence_after_it_may_not() {
    let server = Process::start(&format!("{BASE}header_timeout = \"500ms\"\n"));
    // Read to the end: until the server has heard nothing for long enough.
    let answer = read(&mut server.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("slow"), "{answer}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_body_that_never_comes_is_not_waited_for() {
    let server = Process::start(&format!("{BASE}request_timeout = \"500ms\"\n"));
    let answer = read(&mut server.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"));
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_head_of_more_than_16_kib_is_431() {
    let server = Process::start(BASE);
    let head = |bytes| {
        format!("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: {}\r\n\r\n", "a".repeat(bytes))
    };
    assert!(server.ask(&head(15 * 1024)).starts_with("HTTP/1.1 200 "));
    let answer = server.ask(&head(17 * 1024));
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn unknown_paths_are_the_sites_to_answer() {
    let server = Process::start(BASE);
    let answer = server
        .ask("GET /nowhere HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("{\"detail\":\"Not found.\"}"),
        "{answer}"
    );
    assert!(answer.contains("\r\nx-request-id: "), "{answer}");
    assert_eq!(server.stop(), Some(0));
}

/// A server of its own, ended with the test.
struct Process {
    child: std::cell::RefCell<Child>,
    address: SocketAddr,
    config: PathBuf,
    _directory: tempfile::TempDir,
}

impl Process {
    fn start(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.toml");
        std::fs::write(&path, config).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--nocapture"])
            .env(CONFIG, &path)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().find_map(|line| {
            line.unwrap().strip_prefix("listening on http://").map(|address| address.parse().unwrap())
        });
        // Read on, so that the child can write on.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child: child.into(),
            address: address.expect("it says where it listens"),
            config: path,
            _directory: directory,
        }
    }

    fn configure(&self, text: &str) {
        std::fs::write(&self.config, text).unwrap();
    }

    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    fn ask(&self, request: &str) -> String {
        read(&mut self.send(request))
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.borrow().id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    fn wait(&self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.borrow_mut().try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    fn stop(&self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Everything until the other side closes, or breaks off.
fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
#[ignore = "the other process of the tests above, which start it themselves"]
fn child() {
    let environment = Environment::of_process();
    let Some(path) = environment.variable(CONFIG).map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let layers = Layers::default().without_keys().file(Some(&path));
        let config = layers.load().unwrap();
        let (_nobody, news) = tokio::sync::mpsc::channel(1);
        let signals = signals(news).unwrap();
        let reload: Reload = Box::new(move |_| {
            let config = layers.load();
            Box::pin(async move { Ok(app(&config?)) })
        });
        let server = Server::bind(&config.server, app(&config)).await.unwrap();
        server.on_reload(reload).run(signals).await
    });
    std::process::exit(i32::from(ended != Ended::Drained));
}

/// An empty site, and routes that are slow or say what the configuration says.
fn app(config: &Config) -> App {
    let append_slash = config.server.append_slash.to_string();
    let router = Router::new()
        .route("/hello", get(async || "hello"))
        .route("/echo", post(async |body: String| body))
        .route("/append_slash", get(async move || append_slash))
        .route("/me", get(async |ConnectInfo(client): ConnectInfo<SocketAddr>| client.ip().to_string()))
        .route("/stuck", get(async || std::future::pending::<&'static str>().await))
        .route(
            "/slow",
            get(async || {
                tokio::time::sleep(Duration::from_secs(1)).await;
                "slow"
            }),
        );
    let site = Site::new([], SiteSettings::default(), &SystemRandom);
    App::new(site, Arc::new(|| Box::pin(async { true }))).others(router)
}
