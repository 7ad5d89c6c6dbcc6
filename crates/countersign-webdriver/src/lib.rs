//! A real browser for the project's own tests: the few words of `WebDriver` (W3C) that they need.
//!
//! `COUNTERSIGN_CHROMEDRIVER` names the driver. `cargo xtask browser` finds or installs one and runs every test program
//! whose name begins with `browser`; without the variable such a test says that it was left out.
//! `COUNTERSIGN_SCREENSHOTS` names a folder for what the pages looked like.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustix::process::Pid;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A browser of its own, gone when dropped, in the middle of a failing test too.
pub struct Browser {
    port: u16,
    session: String,
    driver: Child,
    /// The browser's own, until it is closed.
    process: Option<Pid>,
    /// Removed when dropped.
    profile: tempfile::TempDir,
}

/// How long a page may take to come to something: long, for machines that do much else.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a page is asked whether it did.
const PAUSE: Duration = Duration::from_millis(50);

impl Browser {
    /// Starts a browser; `None`, and a word about it, where no driver is named.
    pub async fn start() -> Option<Self> {
        Self::start_with(true).await
    }

    /// The same, but it runs no script of any page. Those of the tests run all the same.
    pub async fn start_without_scripts() -> Option<Self> {
        Self::start_with(false).await
    }

    async fn start_with(scripts: bool) -> Option<Self> {
        let Some(path) = variable("COUNTERSIGN_CHROMEDRIVER") else {
            say("left out: COUNTERSIGN_CHROMEDRIVER is not set (`cargo xtask browser` sets it)");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // It stays in the process group of the test: what ends that, ends the browser.
        let mut driver = Command::new(path)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
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
        let value = browser.ask("POST", "/session", Some(wanted(browser.profile.path(), scripts))).await;
        value["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        let id = value["capabilities"]["goog:processID"].as_i64().and_then(|id| i32::try_from(id).ok());
        browser.process = id.and_then(Pid::from_raw);
        Some(browser)
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.command("POST", "/url", Some(json!({ "url": url }))).await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.command("POST", "/refresh", Some(json!({}))).await;
    }

    /// Runs a script in the page and gives back what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", Some(json!({ "script": script, "args": [] }))).await
    }

    /// Waits until an expression of the page's becomes true.
    pub async fn wait_for(&self, script: &str) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.run(&format!("return Boolean({script})")).await == true {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!(
            "it never came to {script}; the page says {}",
            self.run("return document.body.innerText").await
        );
    }

    /// Waits until the first element that a CSS selector finds says this, on whatever page comes. A click whose page takes
    /// long is not always waited for.
    pub async fn wait_for_text(&self, selector: &str, text: &str) {
        let begun = Instant::now();
        let mut said = String::new();
        while begun.elapsed() < PATIENCE {
            if let Some(found) = self.try_text_of(selector).await {
                if found.contains(text) {
                    return;
                }
                said = found;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{selector} never came to say {text:?}; it says {said:?}");
    }

    /// The same as [`Browser::text_of`]; `None` where there is no such element, or it is of a page that is gone.
    async fn try_text_of(&self, selector: &str) -> Option<String> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let session = format!("/session/{}", self.session);
        let found = self.try_ask("POST", &format!("{session}/element"), Some(wanted)).await.ok()?;
        let element = found.as_object()?.values().next()?.as_str()?.to_owned();
        let text = self.try_ask("GET", &format!("{session}/element/{element}/text"), None).await.ok()?;
        text.as_str().map(str::to_owned)
    }

    /// Opens another tab, which [`Browser::switch_to`] leads to.
    pub async fn new_tab(&self) -> String {
        let value = self.command("POST", "/window/new", Some(json!({ "type": "tab" }))).await;
        value["handle"].as_str().unwrap().to_owned()
    }

    /// The tab that is looked at.
    pub async fn this_tab(&self) -> String {
        self.command("GET", "/window", None).await.as_str().unwrap().to_owned()
    }

    /// Looks at another tab.
    pub async fn switch_to(&self, tab: &str) {
        self.command("POST", "/window", Some(json!({ "handle": tab }))).await;
    }

    /// Every cookie in the jar, of whatever site: name, and what is said of it.
    pub async fn jar(&self) -> Vec<Value> {
        self.tool("Storage.getCookies", json!({})).await["cookies"].as_array().unwrap().clone()
    }

    /// Makes pages believe that the reader likes them dark, or light.
    pub async fn prefer_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.tool("Emulation.setEmulatedMedia", features).await;
    }

    /// Gives the page a size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tool("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Lets pages run no script from the next one on. What the test itself runs in them still runs.
    pub async fn without_scripts(&self) {
        self.tool("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Clicks the first element of a CSS selector, as a mouse does, and waits for the page that it leads to.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.command("POST", &format!("/element/{element}/click"), Some(json!({}))).await;
    }

    /// Clicks a link by its text.
    pub async fn follow(&self, text: &str) {
        let wanted = json!({ "using": "link text", "value": text });
        let element = named(&self.command("POST", "/element", Some(wanted)).await);
        self.command("POST", &format!("/element/{element}/click"), Some(json!({}))).await;
    }

    /// Types into the first element of a CSS selector, in place of what stands there.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.command("POST", &format!("/element/{element}/clear"), Some(json!({}))).await;
        self.command("POST", &format!("/element/{element}/value"), Some(json!({ "text": text }))).await;
    }

    /// What the first element of a CSS selector says.
    pub async fn text_of(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        let text = self.command("GET", &format!("/element/{element}/text"), None).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The path and query of the page.
    pub async fn place(&self) -> String {
        let url = self.command("GET", "/url", None).await;
        let url = url.as_str().unwrap_or_default();
        let start = url.find("://").map_or(0, |at| at + 3);
        url[start..].find('/').map_or_else(String::new, |at| url[start + at..].to_owned())
    }

    async fn find(&self, selector: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": selector });
        named(&self.command("POST", "/element", Some(wanted)).await)
    }

    /// What assistive technology is told of the page: role and name of everything that has them, in order.
    pub async fn accessible(&self) -> Vec<(String, String)> {
        self.tool("Accessibility.enable", json!({})).await;
        let tree = self.tool("Accessibility.getFullAXTree", json!({})).await;
        let text = |node: &Value, member: &str| node[member]["value"].as_str().unwrap_or_default().to_owned();
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["ignored"] == false)
            .map(|node| (text(node, "role"), text(node, "name")))
            .collect()
    }

    /// What keeps people from using the page, in the judgement of [`axe`]: each rule, with the elements that break it.
    pub async fn obstacles(&self, axe: &str) -> Vec<String> {
        self.run(axe).await;
        self.run(
            "window.found = null;
             const shown = (node) => node.html + ' ' + node.failureSummary;
             const line = (rule) => rule.id + ': ' + rule.nodes.map(shown).join(' | ');
             axe.run(document, { preload: false })
                .then((all) => { window.found = all.violations.map(line) }, (error) => { window.found = [`${error}`] })",
        )
        .await;
        self.wait_for("window.found !== null").await;
        let found = self.run("return window.found").await;
        let found = found.as_array().unwrap().iter();
        found.map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many CSS pixels the page is wider than its window: whoever reads it has to scroll to the side.
    pub async fn overhang(&self) -> i64 {
        self.run("return document.documentElement.scrollWidth - innerWidth").await.as_i64().unwrap()
    }

    /// A word of the browser's own developer tools.
    async fn tool(&self, command: &str, parameters: Value) -> Value {
        let ask = json!({ "cmd": command, "params": parameters });
        self.command("POST", "/goog/cdp/execute", Some(ask)).await
    }

    /// Keeps what the page looks like, where somebody wants to see it.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = variable("COUNTERSIGN_SCREENSHOTS") else { return };
        let value = self.command("GET", "/screenshot", None).await;
        let bytes = BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap();
        std::fs::write(format!("{folder}/{name}.png"), bytes).unwrap();
    }

    /// Ends it and waits until it is gone.
    pub async fn close(mut self) {
        self.command("DELETE", "", None).await;
        self.process = None;
        self.driver.kill().await.unwrap();
    }

    async fn command(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        match self.try_ask(method, path, body).await {
            Ok(value) => value,
            Err(answer) => panic!("{method} {path}: {answer}"),
        }
    }

    /// The value that the driver answers, or its whole answer where it refuses.
    async fn try_ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Value> {
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
        if status.is_success() { Ok(answer["value"].clone()) } else { Err(answer) }
    }
}

/// The reference of an element, under the one name that the specification gives it.
fn named(element: &Value) -> String {
    element["element-6066-11e4-a52e-4f735466cecf"].as_str().unwrap().to_owned()
}

impl Drop for Browser {
    /// A driver that is killed leaves its browser behind: it is asked to end both first.
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        if shut_down(self.port).is_err() {
            // Where it is gone already, all is well.
            let _gone = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
    }
}

/// Makes a driver end its browsers and itself; not on the runtime, which may be the one that panics.
fn shut_down(port: u16) -> std::io::Result<()> {
    let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The session that is asked for: nothing on a screen, nothing kept.
fn wanted(profile: &Path, scripts: bool) -> Value {
    let profile = format!("--user-data-dir={}", profile.display());
    // Containers have no room for the sandbox's namespaces; what is opened here is our own.
    let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", &profile];
    // Some distributions block them by default; what cookies do where they are let in is the question here.
    let preferences = json!({
        "profile.block_third_party_cookies": false,
        "profile.cookie_controls_mode": 0,
        // 1: they run; 2: they do not.
        "profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 },
    });
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
    } } })
}

/// The script of axe-core, which finds what keeps people from using a page; `None`, and a word about it, where
/// `COUNTERSIGN_AXE` names none.
#[must_use]
pub fn axe() -> Option<String> {
    let path = variable("COUNTERSIGN_AXE");
    if path.is_none() {
        say("left out: COUNTERSIGN_AXE is not set (`cargo xtask browser` sets it)");
    }
    Some(std::fs::read_to_string(path?).unwrap())
}

/// What the surroundings tell a test, unless it is empty.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings where the browser is")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(clippy::print_stdout, reason = "whoever runs the test should know that it showed nothing")]
fn say(line: &str) {
    println!("{line}");
}
