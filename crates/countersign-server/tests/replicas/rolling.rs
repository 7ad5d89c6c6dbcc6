//! Replicas are replaced one after the other while clients go on: no request is lost.

use crate::replica::{Replica, SECRET, Site};
use countersign_postgres_fixture::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// What a load balancer does: it knows who said that they are ready when they were asked last.
#[derive(Default)]
struct Balancer {
    ready: RwLock<Vec<Arc<Replica>>>,
}

impl Balancer {
    fn join(&self, replica: &Arc<Replica>) {
        self.ready.write().unwrap().push(Arc::clone(replica));
    }

    /// The one whose turn it is.
    fn pick(&self, turn: usize) -> Arc<Replica> {
        let ready = self.ready.read().unwrap();
        Arc::clone(&ready[turn % ready.len()])
    }

    /// Asks one until it is not ready, and sends it nothing from then on.
    fn leave(&self, replica: &Arc<Replica>) {
        while replica.get("/readyz").status == 200 {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.ready.write().unwrap().retain(|other| !Arc::ptr_eq(other, replica));
    }
}

/// A client who goes on with the successor of each refresh token, wherever the balancer sends it. Says how often.
fn use_on(balancer: &Balancer, client: usize, is_over: &AtomicBool) -> usize {
    let (_, mut token) = balancer.pick(client).log_in();
    let mut turn = client;
    while !is_over.load(Ordering::Relaxed) {
        turn += 1;
        token = balancer.pick(turn).refresh(&token).text("refresh");
    }
    turn - client
}

/// Lets the clients go home, whatever happens.
struct Closing<'a>(&'a AtomicBool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn replicas_are_replaced_one_by_one_and_no_request_is_lost() {
    let Some(server) = Server::find() else { return };
    let database = server.database();
    let site = Site::new(&database.url(), "");
    let text = format!(
        "database = \"{}\"\nsecret_key = \"{SECRET}\"\n[passwords]\npbkdf2_iterations = 1\n[server]\nstop_delay = \"4s\"\n\
         [simple_jwt]\nrotate_refresh_tokens = true\nblacklist_after_rotation = true\n",
        database.url()
    );
    std::fs::write(site.path().join("countersign.toml"), text).unwrap();
    let (balancer, is_over) = (Balancer::default(), AtomicBool::new(false));
    let first = [Arc::new(site.serve()), Arc::new(site.serve())];
    for replica in &first {
        balancer.join(replica);
    }
    let refreshes: usize = std::thread::scope(|scope| {
        let (balancer, is_over) = (&balancer, &is_over);
        let clients: Vec<_> =
            (0..4).map(|client| scope.spawn(move || use_on(balancer, client, is_over))).collect();
        let closing = Closing(is_over);
        for old in first {
            old.terminate();
            balancer.leave(&old);
            let new = Arc::new(site.serve());
            balancer.join(&new);
            assert!(old.has_ended_well(), "it ends by itself, once everything in hand is answered");
        }
        drop(closing);
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    eprintln!("{refreshes} refreshes meanwhile");
    let leaves = "SELECT count(*) FROM countersign_refresh WHERE consumed_at IS NULL";
    assert_eq!(database.sql(leaves), "4", "every login has one live token");
}
