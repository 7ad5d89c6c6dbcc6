//! Uses of tokens that come at once on PostgreSQL: whose they are keeps nobody else waiting, and each has its own end.
//!
//! Runs where `COUNTERSIGN_POSTGRES_BIN` names PostgreSQL's programs.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::Origin;
use countersign_core::store::{
    Act, AddOutcome, Ledger as _, NewSession, Record, Rotate, Rotation, UserAdmin as _, fingerprint,
};
use countersign_core::testing::{block_on, rotating};
use countersign_core::user::{NewUser, User, UserId};
use countersign_postgres_fixture::{Database, Server};
use countersign_store::Options;
use countersign_store::postgres::Postgres;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

#[test]
fn whoever_comes_while_others_are_on_their_way_goes_with_all_who_do() {
    let Some(base) = Base::new() else { return };
    let crowd: Vec<_> = (0..20).map(|number| base.uses(&format!("crowd {number}"))).collect();
    let (first, second, twice) = (base.uses("first"), base.uses("second"), base.uses("twice"));
    let again = Uses { successor: base.token("once more"), ..base.uses("twice") };
    let django = base.meanwhile(
        "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
         SELECT id, now() FROM token_blacklist_outstandingtoken WHERE jti IN ('first', 'second')",
    );
    let (mut first, mut second) = (base.begin(&first), base.begin(&second));
    assert!(is_pending(&mut first));
    base.wait_for_waiting(1);
    assert!(is_pending(&mut second));
    base.wait_for_waiting(2);
    let mut crowd: Vec<_> = crowd.iter().map(|uses| base.begin(uses)).collect();
    assert!(crowd.iter_mut().all(is_pending), "both ways are taken");
    let mut twice = [base.begin(&twice), base.begin(&again)];
    assert!(twice.iter_mut().all(is_pending));
    django.let_go();
    assert_eq!(block_on(first).unwrap(), Rotation::Blacklisted, "Django was faster");
    assert_eq!(block_on(second).unwrap(), Rotation::Blacklisted);
    for one in crowd {
        assert_eq!(block_on(one).unwrap(), Rotation::Rotated);
    }
    let transactions = "SELECT count(*), count(DISTINCT b.xmin::text) FROM token_blacklist_blacklistedtoken AS b
                        JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id WHERE o.jti LIKE 'crowd%'";
    assert_eq!(base.database.sql(transactions), "20|1");
    let [one, other] = twice.map(|act| block_on(act).unwrap());
    let rotated = usize::from(one == Rotation::Rotated) + usize::from(other == Rotation::Rotated);
    let replayed = [one, other].iter().filter(|end| matches!(end, Rotation::Replayed { .. })).count();
    assert_eq!((rotated, replayed), (1, 1), "one wins, and the other gets what it won");
}

#[test]
fn sessions_that_somebody_else_has_locked_keep_nobody_else_waiting() {
    let Some(base) = Base::new() else { return };
    let (locked, free) = ([1, 2, 3].map(|number| base.uses(&format!("locked {number}"))), base.uses("free"));
    let other = base.meanwhile("SELECT FROM countersign_family WHERE id LIKE 'locked%' FOR UPDATE");
    thread::scope(|scope| {
        let base = &base;
        let waiting = locked.each_ref().map(|uses| scope.spawn(move || block_on(base.begin(uses)).unwrap()));
        base.wait_for_waiting(locked.len());
        assert_eq!(block_on(base.begin(&free)).unwrap(), Rotation::Rotated);
        other.let_go();
        for one in waiting {
            assert_eq!(one.join().unwrap(), Rotation::Rotated);
        }
    });
}

#[test]
fn a_user_who_is_changed_at_this_moment_is_waited_for() {
    let Some(base) = Base::new() else { return };
    let uses = base.uses("session");
    let django = base.meanwhile("UPDATE auth_user SET is_active = false");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(base.begin(&uses)).unwrap());
        base.wait_for_waiting(1);
        django.let_go();
        assert_eq!(waiting.join().unwrap(), Rotation::UserInactive);
    });
}

#[test]
fn thirty_two_clients_at_once_rotate_ten_times_each() {
    let Some(base) = Base::new() else { return };
    thread::scope(|scope| {
        for client in 0..32 {
            let base = &base;
            scope.spawn(move || {
                let mut uses = base.uses(&format!("{client}"));
                for turn in 0..10 {
                    assert_eq!(block_on(base.begin(&uses)).unwrap(), Rotation::Rotated, "{client}, {turn}");
                    let successor = base.token(&format!("{client} after {turn}"));
                    uses.presented = std::mem::replace(&mut uses.successor, successor);
                }
            });
        }
    });
    let live =
        "SELECT count(*), count(*) FILTER (WHERE b.id IS NULL) FROM token_blacklist_outstandingtoken AS o
                LEFT JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id";
    assert_eq!(base.database.sql(live), "352|32");
}

struct Base {
    store: Postgres,
    user: UserId,
    // Goes last: it takes the connections of the store with it.
    database: Database,
    server: Arc<Server>,
}

/// A token that is used, and what it is used for.
struct Uses {
    presented: Record,
    successor: Record,
}

impl Base {
    fn new() -> Option<Self> {
        // How long a busy machine takes is not what is asked here.
        let options = |url: &str| Options {
            connections: 12,
            busy_timeout: Duration::from_mins(1),
            ..Options::new(url.parse().unwrap())
        };
        let make = |url: &str| drop(Postgres::migrate(&options(url), NOW).unwrap());
        let server = Server::find()?;
        let database = server.database_like("together", make);
        let store = Postgres::open(&options(&database.url()), NOW).unwrap();
        let user = User { date_joined: Some(NOW), ..User::new("ann", HASH.to_owned()) };
        let AddOutcome::Added(user) = block_on(store.add(&NewUser { user })).unwrap() else {
            panic!("it is free")
        };
        Some(Self { store, user: user.id.clone(), database, server })
    }

    fn token(&self, jti: &str) -> Record {
        Record {
            jti: jti.to_owned(),
            token: format!("token of {jti}"),
            claims: "{}".to_owned(),
            user: Some(self.user.clone()),
            created_at: NOW,
            expires_at: NOW + SignedDuration::from_hours(1),
        }
    }

    /// A session with its token, both of this name; it begins unless it has.
    fn uses(&self, name: &str) -> Uses {
        let presented = self.token(name);
        let session =
            NewSession { id: name, fingerprint: Some(&fingerprint(name, HASH)), origin: Origin::default() };
        let is_new =
            self.database.sql(&format!("SELECT 1 FROM countersign_family WHERE id = '{name}'")).is_empty();
        if is_new {
            block_on(self.store.record(&presented, Some(session))).unwrap();
        }
        Uses { presented, successor: self.token(&format!("{name}, then")) }
    }

    fn begin<'a>(&'a self, uses: &'a Uses) -> Act<'a, Rotation> {
        self.store.rotate(Rotate {
            grace: SignedDuration::from_secs(10),
            reuse_detection: true,
            ..rotating(&uses.presented, &uses.successor, NOW)
        })
    }

    /// Somebody else's transaction that has done this and is not committed.
    fn meanwhile(&self, statement: &str) -> Meanwhile<'_> {
        self.database.sql("DROP TABLE IF EXISTS let_go; CREATE TABLE let_go (id int)");
        let transaction = format!(
            "BEGIN; {statement}; DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM let_go) LOOP
             PERFORM pg_sleep(0.02); END LOOP; END $$; COMMIT"
        );
        let (server, name) = (Arc::clone(&self.server), self.database.name().to_owned());
        let thread = thread::spawn(move || drop(server.sql(&name, &transaction)));
        self.wait_until("wait_event = 'PgSleep'", 1);
        Meanwhile { base: self, thread }
    }

    /// Until so many wait for somebody else's transaction.
    fn wait_for_waiting(&self, count: usize) {
        self.wait_until("wait_event_type = 'Lock'", count);
    }

    fn wait_until(&self, condition: &str, count: usize) {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
        );
        while self.database.sql(&sql) != count.to_string() {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

const HASH: &str = "md5$salt$hash";

/// A transaction that goes on when it is told.
struct Meanwhile<'a> {
    base: &'a Base,
    thread: thread::JoinHandle<()>,
}

impl Meanwhile<'_> {
    fn let_go(self) {
        self.base.database.sql("INSERT INTO let_go VALUES (1)");
        self.thread.join().unwrap();
    }
}

/// Takes the next step of an act.
fn is_pending(act: &mut Act<'_, Rotation>) -> bool {
    act.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}
