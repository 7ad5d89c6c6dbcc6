//! A million users, and no page that takes long. `cargo xtask soak` runs it.

use crate::world::World;
use std::time::{Duration, Instant};

const USERS: u32 = 1_000_000;

/// Every page, the pages far down a list included, comes within a tenth of a second.
#[tokio::test]
#[ignore = "makes a million users first"]
async fn with_a_million_users_every_page_comes_within_a_tenth_of_a_second() {
    let world = World::new();
    world.superuser("root").await;
    let mut db = rusqlite::Connection::open(world.directory.path().join("admin.db")).unwrap();
    let all = db.transaction().unwrap();
    {
        let mut insert = all
            .prepare(
                "INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active,
                 date_joined, first_name) VALUES (?1, 0, ?2, '', ?3, 0, 1, '2026-01-01 00:00:00', '')",
            )
            .unwrap();
        let hash = format!("pbkdf2_sha256$1000000${}${}", "s".repeat(22), "h".repeat(44));
        for number in 0..USERS {
            let name = format!("user{:07}", (u64::from(number) * 7_654_321) % u64::from(USERS));
            insert.execute((&hash, &name, format!("{name}@example.org"))).unwrap();
        }
    }
    all.commit().unwrap();
    let mut browser = world.signed_in("root").await;
    let mut slowest = (Duration::ZERO, String::new());
    for path in [
        "users/",
        "users/?order=old",
        "users/?order=name",
        "users/?order=eman",
        "users/?order=old&after=900000",
        "users/?order=new&after=100000",
        "users/?order=name&after=user0500000",
        "users/?q=user",
        "users/?q=user05&order=eman",
        "users/?q=zz",
        "users/?q=zz&in=contains",
        "users/?q=0999&in=contains&after=500000",
        "users/?show=superusers",
        "users/?show=staff&order=name",
        "users/?show=disabled&order=eman",
        "users/?q=user&show=disabled",
        "users/500000/",
        "users/?q=750000",
        "users/add/",
        "tokens/",
        "audit/",
        "",
        "configuration/",
        "debugger/",
    ] {
        let began = Instant::now();
        browser.get(path).await.is(200);
        let took = began.elapsed();
        println!("{:>7.1} ms  {path}", took.as_secs_f64() * 1000.0);
        slowest = slowest.max((took, path.to_owned()));
    }
    assert!(slowest.0 < Duration::from_millis(100), "{slowest:?}");
}
