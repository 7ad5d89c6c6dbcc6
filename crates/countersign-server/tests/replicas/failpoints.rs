//! The program aborts at a named point of a refresh or of a logout. Who got no answer asks again, and nothing is lost
//! that was alive, nothing lives that was ended.

use crate::database::Base;
use crate::replica::{Replica, Site};
use std::path::PathBuf;
use std::time::Duration;

const SETTINGS: &str = "rotation_grace = \"10s\"\nreuse_detection = true";
const REFRESH: &str = "/api/token/refresh/";
const BLACKLIST: &str = "/api/token/blacklist/";

const HALF: &str = "half-written response";
const POINTS: [&str; 6] =
    ["before begin", "after insert", "after update", "before commit", "after commit", HALF];

/// A database, and a program on it that can be made to abort.
struct Scene {
    base: Base,
    site: Site,
    /// The point is written here.
    armed: PathBuf,
}

/// Who was there before the crash.
struct Before {
    /// The token that was used when the program aborted.
    used: String,
    bystander: String,
    /// Logged out, and told so.
    revoked: String,
}

impl Scene {
    fn new(base: Base) -> Self {
        let site = Site::new(&base.url(), SETTINGS);
        let armed = site.path().join("failpoint");
        Self { base, site, armed }
    }

    fn serve(&self) -> Replica {
        let mut command = self.site.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("COUNTERSIGN_FAILPOINT", &self.armed);
        Replica::start(command)
    }

    /// Logs in, uses a token, and sees the program abort at this point meanwhile. `forget`: the token is as one that
    /// Django issued.
    fn crash(&self, point: &str, path: &str, forget: bool) -> Before {
        let replica = self.serve();
        let used = replica.log_in().1;
        if forget {
            self.base.run("DELETE FROM countersign_refresh; DELETE FROM countersign_family");
        }
        let (bystander, revoked) = (replica.log_in().1, replica.log_in().1);
        assert_eq!(replica.blacklist(&revoked).status, 200);
        std::fs::write(&self.armed, point).unwrap();
        let got = replica.try_to_post(path, &used).unwrap_err().to_string();
        assert!(replica.has_aborted(), "{point}: it was not reached");
        std::fs::remove_file(&self.armed).unwrap();
        assert_eq!(got.contains("200 OK"), point == HALF, "{point}: {got}");
        Before { used, bystander, revoked }
    }

    fn refresh_after(&self, point: &str, forget: bool) {
        let before = self.crash(point, REFRESH, forget);
        let replica = self.serve();
        let successor = replica.refresh(&before.used).text("refresh");
        assert_eq!(replica.refresh(&before.used).text("refresh"), successor, "{point}: the same again");
        before.stands(&replica);
        self.base.is_sound();
        replica.refresh(&successor).text("refresh");
        assert_eq!(replica.refresh(&before.used).status, 401, "{point}: it lives again");
    }

    fn logout_after(&self, point: &str) {
        let before = self.crash(point, BLACKLIST, false);
        let replica = self.serve();
        let status = replica.blacklist(&before.used).status;
        // It is known already whether it was done.
        let was_done = ["after commit", HALF].contains(&point);
        assert_eq!(status, if was_done { 401 } else { 200 }, "{point}");
        assert_eq!(replica.refresh(&before.used).status, 401, "{point}: it lives on");
        before.stands(&replica);
        self.base.is_sound();
    }
}

impl Before {
    /// Nobody else is touched.
    fn stands(&self, replica: &Replica) {
        replica.refresh(&self.bystander).text("refresh");
        assert_eq!(replica.refresh(&self.revoked).status, 401, "an acknowledged logout is forgotten");
    }
}

#[test]
fn a_refresh_on_sqlite_survives_an_abort_at_every_point() {
    let scene = Scene::new(Base::sqlite());
    for forget in [false, true] {
        for point in POINTS {
            scene.refresh_after(point, forget);
        }
    }
}

#[test]
fn a_logout_on_sqlite_survives_an_abort_at_every_point() {
    let scene = Scene::new(Base::sqlite());
    for point in POINTS {
        scene.logout_after(point);
    }
}

#[test]
fn a_refresh_on_postgresql_survives_an_abort_at_every_point() {
    let Some(base) = Base::postgres() else { return };
    let scene = Scene::new(base);
    for point in POINTS {
        scene.refresh_after(point, true);
    }
    // A session of ours goes on by one statement: there are no points inside it.
    for point in ["before begin", "after commit", HALF] {
        scene.refresh_after(point, false);
    }
}

#[test]
fn a_logout_on_postgresql_survives_an_abort_at_every_point() {
    let Some(base) = Base::postgres() else { return };
    let scene = Scene::new(base);
    for point in POINTS {
        scene.logout_after(point);
    }
}

/// The one statement takes its time over the commit, and nobody is there any more when it is through.
#[test]
fn a_refresh_on_postgresql_survives_a_kill_in_its_one_statement() {
    let Some(base) = Base::postgres() else { return };
    let scene = Scene::new(base);
    let replica = scene.serve();
    let used = replica.log_in().1;
    scene.base.run(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON token_blacklist_blacklistedtoken
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()",
    );
    std::thread::scope(|scope| {
        scope.spawn(|| replica.try_to_post(REFRESH, &used).unwrap_err());
        let asleep = "SELECT count(*) FROM pg_stat_activity
                      WHERE wait_event = 'PgSleep' AND datname = current_database()";
        while scene.base.number(asleep) == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        replica.kill();
    });
    // Waits for whatever holds the table.
    scene.base.run("DROP TRIGGER slowly ON token_blacklist_blacklistedtoken");
    let replica = scene.serve();
    let successor = replica.refresh(&used).text("refresh");
    assert_eq!(replica.refresh(&used).text("refresh"), successor);
    scene.base.is_sound();
    replica.refresh(&successor).text("refresh");
    assert_eq!(replica.refresh(&used).status, 401);
}
