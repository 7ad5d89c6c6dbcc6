//! The key ring: what each key does, what is signed with it, and what comes next.

pub(super) mod retire;
pub(super) mod rotate;

use super::Admin;
use super::answer::{Fault, page};
use super::layout::{Frame, Pages};
use super::visit::{Signed, escaped};
use crate::keys::{Ring, configured_algorithms, moment};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_core::admin::{Performer, Right, audited, turning};
use countersign_core::clock::Timestamp;
use countersign_core::jws::{Algorithm, CONFIGURED, KeyState, Tenure};
use countersign_core::keys::states;
use countersign_core::store::{AuditOutcome, KeyRecord};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/keys.html")]
struct Keys {
    frame: Frame,
    rows: Vec<Line>,
    jwks_path: Option<String>,
    shows_retired: bool,
}

struct Line {
    kid: String,
    query: String,
    algorithm: String,
    state: &'static str,
    class: &'static str,
    since: String,
    signs: String,
    coming: Vec<String>,
    may_retire: bool,
}

async fn ring(admin: &Admin) -> Result<Arc<Ring>, Fault> {
    let (config, database) = (admin.config.clone(), admin.database.clone());
    Ok(Arc::new(Ring::read(config, database, admin.desk.authority.now()).await?))
}

/// Makes a key, beside the requests: a pair of RSA takes seconds.
async fn made(ring: &Arc<Ring>, algorithm: Algorithm) -> Result<KeyRecord, String> {
    let ring = Arc::clone(ring);
    let made = tokio::task::spawn_blocking(move || ring.make(algorithm)).await;
    made.unwrap_or_else(|_| Err("the key could not be made".to_owned()))
}

/// Writes what was planned for a key, with its line in the audit trail. `false` if the keys have changed meanwhile.
async fn written(
    admin: &Admin,
    signed: &Signed,
    ring: &Ring,
    (act, kid): (&'static str, &str),
    plan: &[KeyRecord],
) -> Result<bool, Fault> {
    let who = Performer { actor: signed.actor(), origin: signed.visit.origin(), at: ring.at };
    let deed = turning(act, kid, &ring.records.keys, plan, ring.at);
    let act = async {
        let written = ring.write(plan).await?;
        Ok((if written { AuditOutcome::Done } else { AuditOutcome::Refused }, written))
    };
    Ok(audited(&*admin.store.trail, &who, deed, act).await?)
}

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::Operate)?;
    let ring = ring(&admin).await?;
    let shows_retired = signed.visit.query.text("show") == "all";
    let mut states = states(&ring.records.keys, ring.at);
    states.retain(|(_, state)| shows_retired || *state != KeyState::Retired);
    Ok(page(&Keys {
        frame: Frame::new(&admin, &signed, "keys/"),
        rows: states.iter().map(|(record, state)| line(&admin, record, *state, ring.at)).collect(),
        jwks_path: admin.config.keys.jwks_path.as_ref().map(|path| path.as_str().to_owned()),
        shows_retired,
    }))
}

fn line(admin: &Admin, record: &KeyRecord, state: KeyState, now: Timestamp) -> Line {
    let Tenure { next, signing, verifying, retired } = record.tenure;
    let (since, class) = match state {
        KeyState::Next => (Some(next), "quiet"),
        KeyState::Signing => (signing, "good"),
        KeyState::Verifying => (verifying.or(signing), ""),
        KeyState::Retired => (retired, "bad"),
    };
    // That the configured keys were always there is no date.
    let since = since.filter(|since| *since > Timestamp::UNIX_EPOCH);
    let plans = [("signs from", signing), ("verifies from", verifying), ("retired from", retired)];
    let coming = plans.into_iter().filter_map(|(what, at)| Some((what, at.filter(|at| *at > now)?)));
    let own = record.material.as_ref().map(|own| own.algorithm.name().to_owned());
    Line {
        kid: record.kid.clone(),
        query: escaped(&record.kid),
        algorithm: own.unwrap_or_else(|| configured_algorithms(&admin.config).join(", ")),
        state: state.name(),
        class,
        since: since.map_or_else(|| "–".to_owned(), moment),
        signs: signs(admin, record, state),
        coming: coming.map(|(what, at)| format!("{what} {}", moment(at))).collect(),
        may_retire: !matches!(state, KeyState::Retired | KeyState::Signing) || record.kid != CONFIGURED,
    }
}

/// What is signed with a key, or was.
fn signs(admin: &Admin, record: &KeyRecord, state: KeyState) -> String {
    let config = &admin.config;
    let rings = config.rings();
    let shared = [
        ("the tokens of simple_jwt", rings.simple_jwt.is_some()),
        ("the tokens of jwt_auth", config.jwt_auth.enabled && !config.jwt_auth.user_secret),
        ("the access tokens of cookie_auth", config.cookie_auth.enabled),
    ];
    let own = [
        ("the refresh tokens of cookie_auth", config.cookie_auth.enabled),
        (
            "the tokens of jwt_auth, with a secret of each user",
            config.jwt_auth.enabled && config.jwt_auth.user_secret,
        ),
    ];
    let names = |all: &[(&str, bool)]| {
        all.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let shared = match state {
        KeyState::Next => "nothing yet".to_owned(),
        KeyState::Signing => names(&shared),
        KeyState::Verifying => format!("no new token; {} that it made are still good", names(&shared)),
        KeyState::Retired => "nothing that is still good".to_owned(),
    };
    match names(&own) {
        own if record.kid == CONFIGURED && !own.is_empty() => format!("{shared}; always {own}"),
        _ => shared,
    }
}
