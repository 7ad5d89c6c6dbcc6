//! The numbers as Prometheus reads them (text format, version 0.0.4).

use super::counters::EndpointCounters;
use super::{Gauges, LOGIN_METHODS, Metrics, OUTCOMES};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The media type.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Metrics {
    /// Everything, as it is now.
    #[must_use]
    pub fn text(&self, gauges: &Gauges<'_>) -> String {
        let mut page = Page::default();
        page.head("countersign_build_info", "gauge", "The version that runs.");
        page.line("countersign_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        page.head("process_start_time_seconds", "gauge", "When it was started, in seconds since 1970.");
        page.line("process_start_time_seconds", &[], self.began.as_second());
        self.requests(&mut page);
        self.logins(&mut page);
        page.counter("countersign_reuse_total", "Used refresh tokens that came again.", read(&self.reuses));
        page.counter("countersign_request_timeouts_total", "Requests given up.", read(&self.timeouts));
        let failures = read(&self.store_failures);
        page.counter("countersign_database_errors_total", "Answers that failed for the database.", failures);
        page.head("countersign_hashing_waiting", "gauge", "Passwords that wait to be hashed.");
        page.line("countersign_hashing_waiting", &[], gauges.hashing.waiting());
        let refused = gauges.hashing.refused();
        page.counter("countersign_hashing_refused_total", "Passwords refused, for too many waited.", refused);
        page.0
    }

    fn requests(&self, page: &mut Page) {
        let endpoints = self.endpoints.lock().expect("nothing panics while it holds the counters");
        let endpoints: Vec<_> =
            endpoints.iter().map(|((_, path), counters)| (path.clone(), Arc::clone(counters))).collect();
        page.head("countersign_requests_total", "counter", "Requests answered.");
        for (path, counters) in &endpoints {
            for (method, status, count) in counters.requests() {
                let status = status.to_string();
                let labels = [("endpoint", path.as_str()), ("method", method), ("status", status.as_str())];
                page.line("countersign_requests_total", &labels, count);
            }
        }
        let name = "countersign_request_duration_seconds";
        page.head(name, "histogram", "How long an answer took.");
        for (path, counters) in &endpoints {
            latency(page, name, path, counters);
        }
        page.head("countersign_refreshes_total", "counter", "Tokens presented for their successors.");
        for (path, counters) in endpoints.iter().filter(|(_, counters)| counters.is_refresh) {
            let count = |statuses: std::ops::Range<u16>| {
                let posts = counters.requests().filter(|(method, ..)| *method == "POST");
                posts.filter(|(_, status, _)| statuses.contains(status)).map(|(.., count)| count).sum::<u64>()
            };
            for (outcome, statuses) in [("success", 200..300), ("refused", 400..500), ("error", 500..600)] {
                let labels = [("endpoint", path.as_str()), ("outcome", outcome)];
                page.line("countersign_refreshes_total", &labels, count(statuses));
            }
        }
    }

    fn logins(&self, page: &mut Page) {
        page.head("countersign_logins_total", "counter", "Attempts to log in.");
        for (method, outcomes) in LOGIN_METHODS.iter().zip(&self.logins) {
            for ((_, outcome), count) in OUTCOMES.iter().zip(outcomes) {
                let labels = [("method", *method), ("outcome", *outcome)];
                page.line("countersign_logins_total", &labels, read(count));
            }
        }
    }
}

fn latency(page: &mut Page, name: &str, path: &str, counters: &EndpointCounters) {
    let (buckets, count) = counters.latency();
    if count == 0 {
        return;
    }
    let bucket = format!("{name}_bucket");
    for (micros, below) in buckets {
        let end = seconds(micros);
        page.line(&bucket, &[("endpoint", path), ("le", end.as_str())], below);
    }
    page.line(&bucket, &[("endpoint", path), ("le", "+Inf")], count);
    page.line(
        &format!("{name}_sum"),
        &[("endpoint", path)],
        format!("{:.6}", counters.total().as_secs_f64()),
    );
    page.line(&format!("{name}_count"), &[("endpoint", path)], count);
}

/// Microseconds as seconds: `0.0025`.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// The lines.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, about: &str) {
        let _ = writeln!(self.0, "# HELP {name} {about}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{}}} {value}", labels.join(","))
        };
    }

    fn counter(&mut self, name: &str, about: &str, value: u64) {
        self.head(name, "counter", about);
        self.line(name, &[], value);
    }
}

/// A label's value: an endpoint's path may be anything that a configuration says.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CountedEvents, counters};
    use countersign_core::clock::Timestamp;
    use countersign_core::event::{Events as _, LoginEvent, LoginOutcome, NoEvents, Origin};
    use countersign_core::hashing::{Hashed, Hashing};
    use countersign_core::password::{Check, PasswordTooLong};
    use countersign_core::secret::Secret;
    use http::{Method, StatusCode};
    use std::time::Duration;

    struct Busy;

    impl Hashing for Busy {
        fn check(&self, _: Secret, _: Option<String>) -> Hashed<'_, Check> {
            unreachable!("nobody hashes")
        }

        fn encode(&self, _: Secret) -> Hashed<'_, Result<String, PasswordTooLong>> {
            unreachable!("nobody hashes")
        }

        fn waiting(&self) -> usize {
            7
        }

        fn refused(&self) -> u64 {
            3
        }
    }

    fn text(metrics: &Metrics) -> String {
        metrics.text(&Gauges { hashing: &Busy })
    }

    #[test]
    fn requests_are_counted_by_endpoint_method_and_status_with_their_latency() {
        let metrics = Metrics::new(Timestamp::UNIX_EPOCH);
        let counters = metrics.endpoint("simple_jwt", "/api/token/refresh/", true);
        let post = counters::place(&Method::POST);
        counters.answered(post, StatusCode::OK, Duration::from_micros(300));
        counters.answered(post, StatusCode::UNAUTHORIZED, Duration::from_secs(9));
        counters.answered(counters::place(&Method::TRACE), StatusCode::IM_A_TEAPOT, Duration::ZERO);
        metrics.store_failures().fetch_add(2, Ordering::Relaxed);
        let text = text(&metrics);
        for line in [
            r#"countersign_requests_total{endpoint="/api/token/refresh/",method="POST",status="200"} 1"#,
            r#"countersign_requests_total{endpoint="/api/token/refresh/",method="other",status="0"} 1"#,
            r#"countersign_request_duration_seconds_bucket{endpoint="/api/token/refresh/",le="0.00025"} 1"#,
            r#"countersign_request_duration_seconds_bucket{endpoint="/api/token/refresh/",le="0.0005"} 2"#,
            r#"countersign_request_duration_seconds_bucket{endpoint="/api/token/refresh/",le="5"} 2"#,
            r#"countersign_request_duration_seconds_bucket{endpoint="/api/token/refresh/",le="+Inf"} 3"#,
            r#"countersign_request_duration_seconds_sum{endpoint="/api/token/refresh/"} 9.000300"#,
            r#"countersign_refreshes_total{endpoint="/api/token/refresh/",outcome="success"} 1"#,
            r#"countersign_refreshes_total{endpoint="/api/token/refresh/",outcome="refused"} 1"#,
            "countersign_hashing_waiting 7",
            "countersign_hashing_refused_total 3",
            "countersign_database_errors_total 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn logins_are_counted_by_method_and_outcome_and_name_nobody() {
        let metrics = Arc::new(Metrics::new(Timestamp::UNIX_EPOCH));
        let event = LoginEvent {
            at: Timestamp::UNIX_EPOCH,
            username: "unmistakable",
            user: None,
            origin: Origin::default(),
            method: "sliding",
            outcome: LoginOutcome::WrongPassword,
        };
        let events = CountedEvents::new(Arc::clone(&metrics), Arc::new(NoEvents));
        events.login(&event);
        events.login(&LoginEvent { method: "new", ..event });
        let text = text(&metrics);
        for method in ["sliding", "other"] {
            let line =
                format!("countersign_logins_total{{method=\"{method}\",outcome=\"wrong_password\"}} 1");
            assert!(text.contains(&line), "{text}");
        }
        assert!(!text.contains("unmistakable"));
    }

    #[test]
    fn an_endpoint_that_is_mounted_again_goes_on_counting() {
        let metrics = Metrics::new(Timestamp::UNIX_EPOCH);
        for _ in 0..2 {
            let counters = metrics.endpoint("demo", "/a\"b", false);
            counters.answered(0, StatusCode::OK, Duration::ZERO);
        }
        assert!(text(&metrics).contains(r#"{endpoint="/a\"b",method="GET",status="200"} 2"#));
    }
}
