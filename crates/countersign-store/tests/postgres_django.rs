//! Beside a live Django on PostgreSQL: it finds nothing to do in a database that we made, and we none in one that it
//! made.
//!
//! Runs where `COUNTERSIGN_POSTGRES_BIN` names PostgreSQL's programs and `COUNTERSIGN_PEER_PYTHON` a Python that has
//! Django, psycopg and both packages.
#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use countersign_core::clock::{SignedDuration, Timestamp};
use countersign_core::event::Origin;
use countersign_core::store::{
    AddOutcome, Blacklisting, Ledger, NewSession, Record, Rotate, Rotation, UserAdmin, Users,
};
use countersign_core::testing::{block_on, rotating};
use countersign_core::user::{NewUser, User, UserId};
use countersign_postgres_fixture::{Database, Server};
use countersign_store::postgres::Postgres;
use countersign_store::{Identifier, Options};
use std::path::PathBuf;
use std::process::Command;

const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A Django project on the server `sys.argv[1]` and its database `sys.argv[2]`, that runs `sys.argv[3]`.
const PROJECT: &str = r"
import sys, django
from django.conf import settings
settings.configure(
    SECRET_KEY='x' * 50, USE_TZ=True,
    INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth',
                    'rest_framework_simplejwt.token_blacklist', 'rest_framework_jwt.blacklist'],
    DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': sys.argv[1], 'NAME': sys.argv[2],
                           'USER': 'postgres'}},
)
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import User, Group, Permission
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken, BlacklistedToken
exec(sys.argv[3])
";

struct Peer {
    python: PathBuf,
    database: Database,
}

impl Peer {
    /// A Django with an empty database. `None`, with a word about it, where there is no peer.
    #[expect(clippy::disallowed_methods, reason = "where the peer is, is said by the environment alone")]
    fn find() -> Option<Self> {
        let Some(python) = std::env::var_os("COUNTERSIGN_PEER_PYTHON") else {
            eprintln!("left out: COUNTERSIGN_PEER_PYTHON names no Python with Django");
            return None;
        };
        Some(Self { python: python.into(), database: Server::find()?.database() })
    }

    fn options(&self) -> Options {
        Options { jwt_blacklist: true, ..Options::new(self.database.url().parse().unwrap()) }
    }

    /// Runs a piece of Python in the project; what it printed.
    fn run(&self, code: &str) -> String {
        self.run_as(PROJECT, code)
    }

    fn run_as(&self, project: &str, code: &str) -> String {
        let mut command = Command::new(&self.python);
        command.args(["-c", project]).arg(self.database.server().host()).args([self.database.name(), code]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Everything that the catalog says of Django's tables, a line each, sorted.
    fn schema(&self) -> Vec<String> {
        let said = self.database.sql(SCHEMA);
        let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
        lines.sort();
        assert!(lines.len() > 80, "{lines:#?}");
        lines
    }
}

/// Columns by their names: where a migration dropped one, their numbers have gaps.
const SCHEMA: &str = "
    SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                     a.attidentity, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relname NOT LIKE 'countersign%'
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'countersign%'
    UNION ALL
    SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes
    WHERE schemaname = 'public' AND tablename NOT LIKE 'countersign%'
    UNION ALL
    SELECT concat_ws(' ', 'sequence', s.sequencename, s.data_type, s.start_value, s.max_value) FROM pg_sequences s
    WHERE schemaname = 'public' AND sequencename NOT LIKE 'countersign%'";

#[test]
fn a_database_that_we_made_is_what_django_makes() {
    let (Some(ours), Some(theirs)) = (Peer::find(), Peer::find()) else { return };
    Postgres::migrate(&ours.options(), NOW).unwrap();
    theirs.run("call_command('migrate', verbosity=0)");
    assert_eq!(ours.schema(), theirs.schema());
    for sql in [
        "SELECT app, name FROM django_migrations ORDER BY app, name",
        "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
        "SELECT c.app_label, c.model, p.codename, p.name FROM auth_permission p
         JOIN django_content_type c ON c.id = p.content_type_id ORDER BY 1, 2, 3",
    ] {
        assert_eq!(ours.database.sql(sql), theirs.database.sql(sql), "{sql}");
    }
}

#[test]
fn django_has_nothing_to_do_in_a_database_that_we_made() {
    let Some(peer) = Peer::find() else { return };
    Postgres::migrate(&peer.options(), NOW).unwrap();
    let before = peer.schema();
    let plan = peer.run("call_command('migrate', plan=True)");
    assert!(plan.ends_with("No planned migration operations."), "{plan}");
    let ran = peer.run("call_command('migrate')");
    assert!(ran.ends_with("No migrations to apply."), "{ran}");
    assert_eq!(peer.schema(), before);
}

#[test]
fn a_database_that_django_made_stays_as_it_is() {
    let Some(peer) = Peer::find() else { return };
    peer.run("call_command('migrate', verbosity=0); User.objects.create_user('ann', 'ann@x.org', 'pw')");
    let before = (peer.schema(), peer.database.sql("SELECT * FROM auth_user"));
    assert!(!Postgres::status(&peer.options()).unwrap().ours);
    let store = Postgres::open(&peer.options(), NOW).unwrap();
    let ann = block_on(store.find_by_username("ann")).unwrap().unwrap();
    assert!(ann.is_active && !ann.is_staff && ann.date_joined.is_some() && ann.last_login.is_none());
    assert_eq!((peer.schema(), peer.database.sql("SELECT * FROM auth_user")), before);
}

#[test]
fn a_database_of_django_without_the_blacklist_apps_gets_them_from_migrate() {
    let Some(peer) = Peer::find() else { return };
    peer.run("call_command('migrate', 'auth', verbosity=0)");
    let refused = Postgres::open(&peer.options(), NOW).unwrap_err().to_string();
    assert!(refused.contains("run `countersign db migrate`"), "{refused}");
    Postgres::open(&Options { blacklist: false, jwt_blacklist: false, ..peer.options() }, NOW).unwrap();
    Postgres::migrate(&peer.options(), NOW).unwrap();
    Postgres::open(&peer.options(), NOW).unwrap();
    let plan = peer.run("call_command('migrate', plan=True)");
    assert!(plan.ends_with("No planned migration operations."), "{plan}");
}

/// A project with a user model of its own, whose key is a text, in an app that is made here.
const OWN_USERS: &str = r"
import sys, types, django
from django.conf import settings
from django.apps import AppConfig
MODELS = '''
from django.db.models import *
from django.contrib.auth.base_user import AbstractBaseUser
class Person(AbstractBaseUser):
    nr = CharField(max_length=20, primary_key=True)
    login = CharField(max_length=50, unique=True)
    USERNAME_FIELD = 'login'
    class Meta:
        app_label = 'people'
        db_table = 'people'
'''
people = types.ModuleType('people'); people.__path__ = []; sys.modules['people'] = people
class People(AppConfig):
    name = 'people'; path = '/'
    def import_models(self):
        # Not before Django asks: a model needs the apps that were loaded before it.
        self.models_module = types.ModuleType('people.models')
        exec(MODELS, self.models_module.__dict__)
        self.models = self.apps.all_models['people']
people.People = People
settings.configure(
    SECRET_KEY='x' * 50, USE_TZ=True, AUTH_USER_MODEL='people.Person', MIGRATION_MODULES={'people': None},
    INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', 'people.People'] + (
        ['rest_framework_simplejwt.token_blacklist', 'rest_framework_jwt.blacklist'] if 'apps' in sys.argv[3] else []),
    DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': sys.argv[1], 'NAME': sys.argv[2],
                           'USER': 'postgres'}},
)
django.setup()
from django.core.management import call_command
exec(sys.argv[3])
";

#[test]
fn tables_that_point_at_users_of_ones_own_are_what_django_makes() {
    let (Some(ours), Some(theirs)) = (Peer::find(), Peer::find()) else { return };
    theirs.run_as(OWN_USERS, "call_command('migrate', run_syncdb=True, verbosity=0) # apps");
    ours.run_as(OWN_USERS, "call_command('migrate', run_syncdb=True, verbosity=0)");
    let name = |name: &str| name.parse::<Identifier>().unwrap();
    let mut options = ours.options();
    let users = &mut options.users;
    (users.table, users.id, users.username) = (name("people"), name("nr"), name("login"));
    Postgres::migrate(&options, NOW).unwrap();
    assert_eq!(ours.schema(), theirs.schema());
    let plan = ours.run_as(OWN_USERS, "call_command('migrate', plan=True) # apps");
    assert!(plan.ends_with("No planned migration operations."), "{plan}");
}

#[test]
fn django_and_we_see_each_others_tokens() {
    let Some(peer) = Peer::find() else { return };
    peer.run("call_command('migrate', verbosity=0); User.objects.create_user('ann', 'ann@x.org', 'pw')");
    let store = Postgres::open(&peer.options(), NOW).unwrap();
    let issue = "t = RefreshToken.for_user(User.objects.get()); print(t['jti'])";
    let (first, second) = (token(&peer.run(issue)), token(&peer.run(issue)));
    let next = token("next");
    assert_eq!(block_on(store.rotate(using(&first, &next))).unwrap(), Rotation::Rotated);
    assert_eq!(block_on(store.blacklist(&second, NOW)).unwrap(), Blacklisting::Done);
    let seen = "print(*BlacklistedToken.objects.order_by('id').values_list('token__jti', flat=True));
print(OutstandingToken.objects.get(jti='next').expires_at, OutstandingToken.objects.get(jti='next').user.username)";
    let expected = format!("{} {}\n2026-09-21 15:13:20+00:00 ann", first.jti, second.jti);
    assert_eq!(peer.run(seen), expected);
    peer.run("BlacklistedToken.objects.create(token=OutstandingToken.objects.get(jti='next'))");
    assert!(block_on(store.is_blacklisted("next")).unwrap());
    let after = token("after");
    assert_eq!(block_on(store.rotate(using(&next, &after))).unwrap(), Rotation::Blacklisted);
    peer.run("call_command('flushexpiredtokens')");
}

#[test]
fn django_reads_changes_and_deletes_a_user_that_we_added() {
    let Some(peer) = Peer::find() else { return };
    Postgres::migrate(&peer.options(), NOW).unwrap();
    let store = Postgres::open(&peer.options(), NOW).unwrap();
    let user = User { date_joined: Some(NOW), ..User::new("ann", "!") };
    let AddOutcome::Added(ann) = block_on(store.add(&NewUser { user })).unwrap() else {
        panic!("it is free")
    };
    block_on(store.record(&Record { user: Some(ann.id.clone()), ..token("a") }, Some(login("family"))))
        .unwrap();
    let read = "u = User.objects.get(); print(u.pk, u.username, u.is_active, u.date_joined, u.last_login)";
    assert_eq!(peer.run(read), format!("{} ann True 2026-09-21 14:13:20+00:00 None", ann.id));
    peer.run("User.objects.update(is_active=False)");
    assert!(!block_on(store.find_by_username("ann")).unwrap().unwrap().is_active);
    peer.run("User.objects.get().delete()");
    assert_eq!(block_on(store.find_by_username("ann")).unwrap(), None);
}

#[test]
fn groups_and_permissions_are_djangos() {
    let Some(peer) = Peer::find() else { return };
    peer.run(
        "call_command('migrate', verbosity=0)
u = User.objects.create_user('ann'); g = Group.objects.create(name='readers'); u.groups.add(g)
g.permissions.add(*Permission.objects.filter(codename__startswith='view_'))
u.user_permissions.add(Permission.objects.get(codename='add_user'))
User.objects.create_superuser('root')",
    );
    let store = Postgres::open(&peer.options(), NOW).unwrap();
    for username in ["ann", "root"] {
        let ask = format!("print(*sorted(User.objects.get(username='{username}').get_all_permissions()))");
        let user = block_on(store.find_by_username(username)).unwrap().unwrap();
        let memberships = block_on(store.memberships(&user.id)).unwrap();
        assert_eq!(memberships.permissions.join(" "), peer.run(&ask), "{username}");
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
