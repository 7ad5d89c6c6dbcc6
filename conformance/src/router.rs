//! An axum router as the [`Subject`] of a replay.

use crate::exchange::{Request, Response};
use crate::replay::Subject;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// A router with its clock, on an SQLite file.
pub struct InProcess {
    runtime: Runtime,
    router: Router,
    set_clock: Box<dyn FnMut(i64)>,
    database: PathBuf,
}

impl InProcess {
    /// Takes a router that was made within `runtime`. `set_clock` sets the router's clock to a moment in
    /// seconds since 1970; `database` is the file that the router keeps its users in.
    pub fn new(
        runtime: Runtime,
        router: Router,
        set_clock: impl FnMut(i64) + 'static,
        database: &Path,
    ) -> Self {
        Self { runtime, router, set_clock: Box::new(set_clock), database: database.to_owned() }
    }
}

impl Subject for InProcess {
    fn answer(&mut self, moment: i64, request: &Request) -> Response {
        (self.set_clock)(moment);
        // The host that the recorded client named.
        let request =
            request.to_http("127.0.0.1:8000").expect("recorded requests can be sent").map(Body::from);
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.expect("the body of an answer comes whole").to_bytes();
            Response::from_http(&parts, body.to_vec())
        })
    }

    fn sql(&mut self, statements: &str) {
        let database = rusqlite::Connection::open(&self.database).expect("the database file opens");
        database.execute_batch(statements).expect("the statements of a recording run");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn a_router_is_asked_at_the_moment_and_its_database_changed_from_outside() {
        let folder = tempfile::tempdir().unwrap();
        let (file, clock) = (folder.path().join("db"), Rc::new(Cell::new(0)));
        let router = Router::new().route("/shout", post(async |body: String| body.to_uppercase()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = Rc::clone(&clock);
        let mut subject = InProcess::new(runtime, router, move |moment| seen.set(moment), &file);

        let request = Request { body: b"hello".to_vec(), ..Request::new("POST", "/shout") };
        let answer = subject.answer(7, &request);
        assert_eq!((answer.status, answer.body.as_slice(), clock.get()), (200, b"HELLO".as_slice(), 7));

        subject.sql("CREATE TABLE t (x); INSERT INTO t VALUES (1);");
        let count = "SELECT count(*) FROM t";
        let rows =
            rusqlite::Connection::open(&file).unwrap().query_row(count, [], |row| row.get::<_, i64>(0));
        assert_eq!(rows.unwrap(), 1);
    }
}
