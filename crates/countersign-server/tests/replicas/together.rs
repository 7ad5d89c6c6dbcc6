//! What one replica does, the other knows at its next request.

use crate::replica::Site;
use countersign_postgres_fixture::Server;

#[test]
fn what_ends_on_one_replica_has_ended_on_the_other() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "reuse_detection = true");
    let (one, other) = (site.serve(), site.serve());
    for _ in 0..10 {
        let (access, refresh) = one.log_in();
        let next = other.refresh(&refresh).text("refresh");
        assert_eq!(other.hello(&access).status, 200);
        assert_eq!(one.blacklist(&next).status, 200);
        assert_eq!(other.refresh(&next).status, 401);
    }
    let (_, refresh) = one.log_in();
    let next = one.refresh(&refresh).text("refresh");
    assert_eq!(other.refresh(&refresh).status, 401, "a reuse, which ends the login");
    assert_eq!(one.refresh(&next).status, 401);
}

#[test]
fn a_user_who_is_switched_off_is_out_at_every_replica() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "");
    let (one, other) = (site.serve(), site.serve());
    let (access, refresh) = one.log_in();
    site.run(&["user", "disable", "ann"], "");
    for replica in [&one, &other] {
        assert_eq!(replica.hello(&access).status, 401);
        assert_eq!(replica.refresh(&refresh).status, 401);
    }
    site.run(&["user", "enable", "ann"], "");
    assert_eq!(other.hello(&access).status, 200);
    // Whoever is switched on again logs in anew: the sessions ended with the switching off.
    assert_eq!(other.refresh(&refresh).status, 401);
}

#[test]
fn a_user_who_may_be_remembered_lets_in_for_so_long_and_is_read_before_being_turned_away() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "[users]\ncache = \"1h\"");
    let replica = site.serve();
    let (access, refresh) = replica.log_in();
    assert_eq!(replica.hello(&access).status, 200);
    site.run(&["user", "disable", "ann"], "");
    assert_eq!(replica.hello(&access).status, 200, "remembered as in use");
    assert_eq!(replica.refresh(&refresh).status, 401, "nobody gets a token by what is remembered");
    assert_eq!(replica.hello(&access).status, 401, "the refresh has read the user");
    site.run(&["user", "enable", "ann"], "");
    assert_eq!(replica.hello(&access).status, 200, "remembered as switched off, and read for it");
}

#[test]
fn replicas_that_start_together_make_the_schema_once() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "");
    database.drop_tables("countersign_%");
    let replicas: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| site.serve())).collect();
        starting.into_iter().map(|replica| replica.join().unwrap()).collect()
    });
    let (_, mut token) = replicas[0].log_in();
    for replica in &replicas {
        token = replica.refresh(&token).text("refresh");
    }
}
