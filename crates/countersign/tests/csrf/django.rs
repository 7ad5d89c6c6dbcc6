//! Django itself as the judge: where `COUNTERSIGN_PEER_PYTHON` names a Python that has it, both are asked about the same
//! requests, and each reads the other's tokens.

use crate::{MASKED, SECRET, Scene, cookie, with};
use countersign::csrf::{CsrfSecret, OriginRules};
use countersign_core::random::SystemRandom;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Answers each line of scenes, tab-separated: domain, secure, method, form token, then name and value of headers. `-` stands for none.
const JUDGE: &str = r#"
import sys
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], CSRF_TRUSTED_ORIGINS=["http://localhost:3000", "https://*.example.com"],
                   LOGGING_CONFIG=None)
import django
django.setup()
from django.middleware import csrf
from django.http import QueryDict
from django.test import RequestFactory

class Judge(csrf.CsrfViewMiddleware):
    def _reject(self, request, reason):
        return reason

for line in sys.stdin:
    words = line.rstrip("\n").split("\t")
    if words[0] == "mask":
        print(csrf._mask_cipher_secret(words[1]))
    elif words[0] == "match":
        print(csrf._does_token_match(words[1], words[2]))
    else:
        _, domain, secure, method, form, *headers = words
        settings.CSRF_COOKIE_DOMAIN = None if domain == "-" else domain
        names = {"cookie": "HTTP_COOKIE", "origin": "HTTP_ORIGIN", "referer": "HTTP_REFERER", "x-csrftoken": "HTTP_X_CSRFTOKEN"}
        meta = {names[name]: value for name, value in zip(headers[::2], headers[1::2])}
        request = RequestFactory().generic(method, "/", secure=secure == "true", **meta)
        request._post = QueryDict(mutable=True)
        if form != "-":
            request._post["csrfmiddlewaretoken"] = form
        judge = Judge(lambda request: None)
        judge.process_request(request)
        print(judge.process_view(request, None, (), {}))
"#;

#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings where Django is")]
fn python() -> Option<String> {
    std::env::var("COUNTERSIGN_PEER_PYTHON").ok()
}

/// What Django says to each line.
fn ask(python: &str, lines: &str) -> Vec<String> {
    let mut child = Command::new(python)
        .args(["-c", JUDGE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("COUNTERSIGN_PEER_PYTHON names a Python");
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "Django is not there, or did not like a question");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Every combination of what a request may say.
fn scenes() -> Vec<Scene> {
    let cookies = [
        None,
        Some(cookie(SECRET)),
        Some(cookie(MASKED)),
        Some(cookie("abc")),
        Some(cookie(&"-".repeat(32))),
    ];
    let tokens =
        [None, Some(SECRET), Some(MASKED), Some(""), Some("cccccccccccccccccccccccccccccccc"), Some("!")];
    let origins = [
        None,
        Some("http://testserver"),
        Some("https://testserver"),
        Some("https://a.example.com"),
        Some("http://a.example.com"),
        Some("http://localhost:3000"),
        Some("null"),
    ];
    let referers = [
        None,
        Some("https://testserver/a"),
        Some("HTTPS://testserver/a"),
        Some("http://testserver/a"),
        Some("https://a.example.com"),
        Some("https://www.shop.org/"),
        Some("https://evil.example?q"),
        Some("https://"),
        Some("nonsense"),
    ];
    let forms = [None, Some(SECRET), Some("abc")];
    let mut scenes = Vec::new();
    for (number, cookie) in cookies.iter().enumerate() {
        for token in tokens {
            for origin in origins {
                for referer in referers {
                    let named = [
                        ("cookie", cookie.as_deref()),
                        ("x-csrftoken", token),
                        ("origin", origin),
                        ("referer", referer),
                    ];
                    let headers =
                        named.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect::<Vec<_>>();
                    let turn = scenes.len() + number;
                    let method = ["POST", "POST", "DELETE", "GET"][turn % 4];
                    let form = forms[turn % 3].filter(|_| method == "POST").map(str::to_owned);
                    let scene = Scene { method, form, ..Scene::post(&headers) };
                    scenes.push(Scene { secure: true, ..scene.clone() });
                    scenes.push(scene);
                }
            }
        }
    }
    scenes
}

#[test]
fn django_gives_the_same_verdict_in_the_same_words() {
    let Some(python) = python() else { return };
    for domain in [None, Some(".shop.org")] {
        let csrf = with(OriginRules::Django, domain);
        let scenes = scenes();
        let mut lines = String::new();
        for scene in &scenes {
            let form = scene.form.as_deref().unwrap_or("-");
            let domain = domain.unwrap_or("-");
            let _ = write!(lines, "scene\t{domain}\t{}\t{}\t{form}", scene.secure, scene.method);
            for (name, value) in &scene.headers {
                let _ = write!(lines, "\t{name}\t{value}");
            }
            lines.push('\n');
        }
        let verdicts = ask(&python, &lines);
        assert_eq!(verdicts.len(), scenes.len());
        for (scene, django) in scenes.iter().zip(verdicts) {
            let ours = scene.verdict(&csrf).unwrap_or_else(|| "None".to_owned());
            assert_eq!(ours, django, "{scene:?}");
        }
    }
}

#[test]
fn django_and_we_read_each_others_tokens() {
    let Some(python) = python() else { return };
    let secrets = (0..100).map(|_| CsrfSecret::new(&SystemRandom)).collect::<Vec<_>>();
    let mut lines = String::new();
    for secret in &secrets {
        let masked = secret.mask(&SystemRandom);
        let _ =
            writeln!(lines, "mask\t{0}\nmatch\t{masked}\t{0}\nmatch\t{masked}\t{SECRET}", secret.expose());
    }
    let answers = ask(&python, &lines);
    for (secret, said) in secrets.iter().zip(answers.chunks(3)) {
        assert_eq!(&CsrfSecret::read(&said[0]).unwrap(), secret);
        assert_eq!(said[1..], ["True", "False"]);
    }
}
