//! The few words of `WebDriver` (W3C) that are needed here.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustix::process::Pid;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A browser of its own, gone when dropped, in the middle of a failing test too.
pub(crate) struct Browser {
    port: u16,
    session: String,
    driver: Child,
    /// The browser's own, until it is closed.
    process: Option<Pid>,
    /// Removed when dropped.
    profile: tempfile::TempDir,
}

#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings where the browser is")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Browser {
    /// Starts a browser, if there is a driver.
    pub(crate) async fn start() -> Option<Self> {
        let path = variable("COUNTERSIGN_CHROMEDRIVER")?;
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new(path)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("COUNTERSIGN_CHROMEDRIVER names chromedriver");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver says on which port it listens");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        let mut browser = Self { port, session: String::new(), driver, process: None, profile };
        let profile = format!("--user-data-dir={}", browser.profile.path().display());
        // Containers have no room for the sandbox's namespaces; what is opened here is our own.
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", &profile];
        // Some distributions block them by default; what cookies do where they are let in is the question here.
        let third_party_cookies = json!({
            "profile.block_third_party_cookies": false,
            "profile.cookie_controls_mode": 0,
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments, "prefs": third_party_cookies },
        } } });
        let value = browser.ask("POST", "/session", Some(wanted)).await;
        value["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        let id = value["capabilities"]["goog:processID"].as_i64().and_then(|id| i32::try_from(id).ok());
        browser.process = id.and_then(Pid::from_raw);
        Some(browser)
    }

    pub(crate) async fn open(&self, url: &str) {
        self.command("POST", "/url", Some(json!({ "url": url }))).await;
    }

    pub(crate) async fn reload(&self) {
        self.command("POST", "/refresh", Some(json!({}))).await;
    }

    /// Runs a script in the page and gives back what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", Some(json!({ "script": script, "args": [] }))).await
    }

    /// Waits until a script returns something that is true.
    pub(crate) async fn wait_for(&self, script: &str) {
        for _ in 0..100 {
            if self.run(&format!("return Boolean({script})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "it never came to {script}; the page says {}",
            self.run("return document.body.innerText").await
        );
    }

    pub(crate) async fn new_tab(&self) -> String {
        let value = self.command("POST", "/window/new", Some(json!({ "type": "tab" }))).await;
        value["handle"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn this_tab(&self) -> String {
        self.command("GET", "/window", None).await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn switch_to(&self, tab: &str) {
        self.command("POST", "/window", Some(json!({ "handle": tab }))).await;
    }

    /// Every cookie in the jar, of whatever site: name, and what is said of it.
    pub(crate) async fn jar(&self) -> Vec<Value> {
        let ask = json!({ "cmd": "Storage.getCookies", "params": {} });
        let value = self.command("POST", "/goog/cdp/execute", Some(ask)).await;
        value["cookies"].as_array().unwrap().clone()
    }

    /// Keeps what the page looks like, where somebody wants to see it.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = variable("COUNTERSIGN_SCREENSHOTS") else { return };
        let value = self.command("GET", "/screenshot", None).await;
        let bytes = BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap();
        std::fs::write(format!("{folder}/{name}.png"), bytes).unwrap();
    }

    pub(crate) async fn close(mut self) {
        self.command("DELETE", "", None).await;
        self.process = None;
        self.driver.kill().await.unwrap();
    }

    async fn command(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("content-length", body.len())
            .body(Full::new(body))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(status.is_success(), "{method} {path}: {answer}");
        answer["value"].clone()
    }
}

impl Drop for Browser {
    /// A driver that is killed leaves its browser behind.
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // Where it is gone already, all is well.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    }
}
