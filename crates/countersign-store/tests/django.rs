//! Beside a live Django: it finds nothing to do in a file that we made, and we none in one that it made.
//!
//! Runs where `COUNTERSIGN_PEER_PYTHON` names a Python that has Django and simplejwt.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::Origin;
use countersign_core::store::{
    AddOutcome, Blacklisting, Ledger, NewSession, Record, Rotate, Rotation, UserAdmin, Users,
};
use countersign_core::testing::{block_on, rotating};
use countersign_core::user::{NewUser, User, UserId};
use countersign_store::Options;
use countersign_store::sqlite::Sqlite;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A Django project with the three apps, on the database `sys.argv[1]`, that runs `sys.argv[2]`.
const PROJECT: &str = r"
import sys, django
from django.conf import settings
settings.configure(
    SECRET_KEY='x' * 50, USE_TZ=True,
    INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', 'rest_framework_simplejwt.token_blacklist'],
    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': sys.argv[1]}},
)
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import User, Group, Permission
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken, BlacklistedToken
exec(sys.argv[2])
";

struct Peer {
    python: PathBuf,
    directory: TempDir,
}

impl Peer {
    /// `None`, with a word about it, where there is no peer.
    #[expect(clippy::disallowed_methods, reason = "where the peer is, is said by the environment alone")]
    fn find() -> Option<Self> {
        let Some(python) = std::env::var_os("COUNTERSIGN_PEER_PYTHON") else {
            eprintln!("left out: COUNTERSIGN_PEER_PYTHON names no Python with Django");
            return None;
        };
        Some(Self { python: python.into(), directory: tempfile::tempdir().unwrap() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn options(&self, name: &str) -> Options {
        Options::new(self.path(name).as_path().into())
    }

    /// Runs a piece of Python in the project; what it printed.
    fn run(&self, database: &str, code: &str) -> String {
        let command = Command::new(&self.python)
            .args(["-c", PROJECT])
            .arg(self.path(database))
            .arg(code)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&command.stderr);
        assert!(command.status.success(), "{said}");
        String::from_utf8(command.stdout).unwrap().trim().to_owned()
    }
}

type Rows = BTreeSet<Vec<String>>;

fn rows(path: &Path, sql: &str) -> Rows {
    let db = Connection::open(path).unwrap();
    let mut query = db.prepare(sql).unwrap();
    let count = query.column_count();
    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Vec<Value>> {
        (0..count).map(|column| row.get(column)).collect()
    };
    let texts = |values: Vec<Value>| values.iter().map(|value| format!("{value:?}")).collect();
    query.query_map([], row).unwrap().map(|row| texts(row.unwrap())).collect()
}

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master
                      WHERE name NOT LIKE 'sqlite_sequence' AND tbl_name NOT LIKE 'countersign_%'";

#[test]
fn a_file_that_we_made_is_what_django_makes() {
    let Some(peer) = Peer::find() else { return };
    Sqlite::migrate(&peer.options("ours.db"), NOW).unwrap();
    peer.run("theirs.db", "call_command('migrate', verbosity=0)");
    let (ours, theirs) = (peer.path("ours.db"), peer.path("theirs.db"));
    assert_eq!(rows(&ours, SCHEMA), rows(&theirs, SCHEMA));
    for sql in [
        "SELECT id, app, name FROM django_migrations",
        "SELECT id, app_label, model FROM django_content_type",
        "SELECT id, content_type_id, codename, name FROM auth_permission",
    ] {
        assert_eq!(rows(&ours, sql), rows(&theirs, sql), "{sql}");
    }
}

#[test]
fn django_has_nothing_to_do_in_a_file_that_we_made() {
    let Some(peer) = Peer::find() else { return };
    Sqlite::migrate(&peer.options("ours.db"), NOW).unwrap();
    let before = rows(&peer.path("ours.db"), "SELECT type, name, tbl_name, sql FROM sqlite_master");
    let plan = peer.run("ours.db", "call_command('migrate', plan=True)");
    assert!(plan.ends_with("No planned migration operations."), "{plan}");
    let ran = peer.run("ours.db", "call_command('migrate')");
    assert!(ran.ends_with("No migrations to apply."), "{ran}");
    assert_eq!(rows(&peer.path("ours.db"), "SELECT type, name, tbl_name, sql FROM sqlite_master"), before);
}

#[test]
fn a_file_that_django_made_stays_as_it_is() {
    let Some(peer) = Peer::find() else { return };
    peer.run(
        "theirs.db",
        "call_command('migrate', verbosity=0); User.objects.create_user('ann', 'ann@x.org', 'pw')",
    );
    let path = peer.path("theirs.db");
    let before =
        (rows(&path, SCHEMA), rows(&path, "PRAGMA journal_mode"), rows(&path, "SELECT * FROM auth_user"));
    let store = Sqlite::open(&peer.options("theirs.db"), NOW).unwrap();
    let ann = block_on(store.find_by_username("ann")).unwrap().unwrap();
    assert!(ann.is_active && !ann.is_staff && ann.date_joined.is_some() && ann.last_login.is_none());
    drop(store);
    let after =
        (rows(&path, SCHEMA), rows(&path, "PRAGMA journal_mode"), rows(&path, "SELECT * FROM auth_user"));
    assert_eq!(before, after);
    assert!(!path.with_extension("db-wal").exists());
}

#[test]
fn a_file_of_django_without_the_blacklist_app_gets_it_from_migrate() {
    let Some(peer) = Peer::find() else { return };
    peer.run("theirs.db", "call_command('migrate', 'auth', verbosity=0)");
    let refused = Sqlite::open(&peer.options("theirs.db"), NOW).unwrap_err().to_string();
    assert!(refused.contains("run `countersign db migrate`"), "{refused}");
    Sqlite::open(&Options { blacklist: false, ..peer.options("theirs.db") }, NOW).unwrap();
    Sqlite::migrate(&peer.options("theirs.db"), NOW).unwrap();
    Sqlite::open(&peer.options("theirs.db"), NOW).unwrap();
    let plan = peer.run("theirs.db", "call_command('migrate', plan=True)");
    assert!(plan.ends_with("No planned migration operations."), "{plan}");
}

#[test]
fn django_and_we_see_each_others_tokens() {
    let Some(peer) = Peer::find() else { return };
    peer.run(
        "theirs.db",
        "call_command('migrate', verbosity=0); User.objects.create_user('ann', 'ann@x.org', 'pw')",
    );
    let store = Sqlite::open(&peer.options("theirs.db"), NOW).unwrap();
    let issue = "t = RefreshToken.for_user(User.objects.get()); print(t['jti'])";
    let (first, second) = (peer.run("theirs.db", issue), peer.run("theirs.db", issue));
    let (first, second) = (token(&first), token(&second));
    let next = token("next");
    assert_eq!(block_on(store.rotate(using(&first, &next))).unwrap(), Rotation::Rotated);
    assert_eq!(block_on(store.blacklist(&second, NOW)).unwrap(), Blacklisting::Done);
    let seen = "print(*BlacklistedToken.objects.order_by('id').values_list('token__jti', flat=True));
print(OutstandingToken.objects.get(jti='next').expires_at, OutstandingToken.objects.get(jti='next').user.username)";
    let expected = format!("{} {}\n2026-09-21 15:13:20+00:00 ann", first.jti, second.jti);
    assert_eq!(peer.run("theirs.db", seen), expected);
    peer.run("theirs.db", "BlacklistedToken.objects.create(token=OutstandingToken.objects.get(jti='next'))");
    assert!(block_on(store.is_blacklisted("next")).unwrap());
    let after = token("after");
    assert_eq!(block_on(store.rotate(using(&next, &after))).unwrap(), Rotation::Blacklisted);
}

#[test]
fn django_reads_changes_and_deletes_a_user_that_we_added() {
    let Some(peer) = Peer::find() else { return };
    Sqlite::migrate(&peer.options("ours.db"), NOW).unwrap();
    let store = Sqlite::open(&peer.options("ours.db"), NOW).unwrap();
    let AddOutcome::Added(ann) = block_on(store.add(&person())).unwrap() else { panic!("the name is free") };
    block_on(store.record(&Record { user: Some(ann.id.clone()), ..token("a") }, Some(login("family"))))
        .unwrap();
    let read = "u = User.objects.get(); print(u.pk, u.username, u.is_active, u.date_joined, u.last_login)";
    assert_eq!(peer.run("ours.db", read), format!("{} ann True 2026-09-21 14:13:20+00:00 None", ann.id));
    peer.run("ours.db", "User.objects.update(is_active=False)");
    assert!(!block_on(store.find_by_username("ann")).unwrap().unwrap().is_active);
    peer.run("ours.db", "User.objects.get().delete()");
    assert_eq!(block_on(store.find_by_username("ann")).unwrap(), None);
}

#[test]
fn groups_and_permissions_are_djangos() {
    let Some(peer) = Peer::find() else { return };
    peer.run(
        "theirs.db",
        "call_command('migrate', verbosity=0)
u = User.objects.create_user('ann'); g = Group.objects.create(name='readers'); u.groups.add(g)
g.permissions.add(*Permission.objects.filter(codename__startswith='view_'))
u.user_permissions.add(Permission.objects.get(codename='add_user'))
User.objects.create_superuser('root')",
    );
    let store = Sqlite::open(&peer.options("theirs.db"), NOW).unwrap();
    for username in ["ann", "root"] {
        let ask = format!("print(*sorted(User.objects.get(username='{username}').get_all_permissions()))");
        let user = block_on(store.find_by_username(username)).unwrap().unwrap();
        let memberships = block_on(store.memberships(&user.id)).unwrap();
        assert_eq!(memberships.permissions.join(" "), peer.run("theirs.db", &ask), "{username}");
    }
}

fn person() -> NewUser {
    let (email, first_name, last_name) = (String::new(), String::new(), String::new());
    NewUser {
        user: User {
            id: UserId::Integer(0),
            username: "ann".to_owned(),
            password: "!".to_owned(),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            email,
            first_name,
            last_name,
            last_login: None,
            date_joined: Some(NOW),
        },
    }
}

fn login(id: &str) -> NewSession<'_> {
    NewSession { id, fingerprint: None, origin: Origin::default() }
}

fn token(jti: &str) -> Record {
    Record {
        jti: jti.to_owned(),
        token: "a.b.c".to_owned(),
        claims: "{}".to_owned(),
        user: Some(UserId::Integer(1)),
        created_at: NOW,
        expires_at: NOW + SignedDuration::from_hours(1),
    }
}

fn using<'a>(presented: &'a Record, successor: &'a Record) -> Rotate<'a> {
    rotating(presented, successor, NOW)
}
