//! A running example, ended when dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A running example.
pub(crate) struct Program {
    child: Child,
    address: String,
}

impl Program {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(path: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(path);
        command.arg("127.0.0.1:0").args(arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let listening = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("listening on http://").map(|(_, address)| address.to_owned()));
        // What it says later must go somewhere, or it would stop.
        std::thread::spawn(move || lines.for_each(drop));
        let Some(address) = listening else {
            let _ = child.kill();
            panic!("{path} ended before it listened: {:?}", child.wait());
        };
        Self { child, address }
    }

    /// `ADDR:PORT`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Status and body of a `GET`.
    pub(crate) fn get(&self, path: &str, authorization: Option<&str>) -> (u16, String) {
        let header = authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
        self.ask(&format!("GET {path} HTTP/1.1\r\n{header}"), "")
    }

    /// Status and body of a form's `POST`.
    pub(crate) fn post(&self, path: &str, form: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            form.len()
        );
        self.ask(&head, form)
    }

    fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{head}Host: {}\r\nConnection: close\r\n\r\n{body}", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
