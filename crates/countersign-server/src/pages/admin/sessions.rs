//! Sessions of users: when, from where and with what, and ending them.

use super::Admin;
use super::answer::{Fault, page, see_other};
use super::layout::{Frame, Pages, Thousands};
use super::time::Moment;
use super::visit::{Posted, Signed, escaped};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::admin::{Performer, Revoked, Right, audited, revocation};
use countersign_core::sessions::end_everything;
use countersign_core::store::{
    AuditOutcome, Ending, Ledger, Session, SessionList, SessionListing, StoreError,
};
use countersign_core::user::{User, UserKey};
use std::collections::HashMap;
use std::sync::Arc;

/// Sessions on a page.
const PAGE: u32 = 50;

/// Rows that one page may look at.
const BUDGET: u32 = 5000;

#[derive(Template)]
#[template(path = "admin/sessions.html")]
struct Sessions {
    frame: Frame,
    is_on: bool,
    asked: String,
    /// The same, as it stands in an address.
    query: String,
    /// Whose, where it is one user's.
    user: Option<Owner>,
    rows: Vec<Line>,
    is_first: bool,
    next: Option<String>,
    is_cut_short: bool,
    looked_at: Thousands,
    may_end_shown: bool,
}

/// Somebody and their page.
struct Owner {
    id: String,
    /// The id as it stands in an address.
    query: String,
    name: String,
    href: String,
}

struct Line {
    session: Session,
    query: String,
    owner: Option<Owner>,
    created_at: Moment,
    used_at: Moment,
    ends_at: Moment,
    address: String,
    user_agent: String,
    may_end: bool,
}

/// The user that was asked for: by id, else by name.
async fn sought(admin: &Admin, asked: &str) -> Result<Option<Arc<User>>, Fault> {
    if let Some(user) = admin.store.directory.find_user(asked).await? {
        return Ok(Some(user));
    }
    Ok(admin.desk.authority.users.find_by_username(asked).await?)
}

async fn owner(admin: &Admin, session: &Session) -> Result<Option<Arc<User>>, Fault> {
    let Some(id) = &session.user else { return Ok(None) };
    Ok(admin.desk.authority.users.find_by_key(UserKey { field: "id", value: &id.to_string() }).await?)
}

fn shown(admin: &Admin, user: &User) -> Owner {
    let id = user.id.to_string();
    let query = escaped(&id);
    Owner { name: user.username.clone(), href: format!("{}users/{query}/", admin.base()), query, id }
}

/// Whether somebody may end sessions of a user; those of nobody are for whoever may do everything.
fn may_end(signed: &Signed, owner: Option<&User>) -> bool {
    match owner {
        Some(user) => signed.admin.may(Right::ChangeUsers) && signed.admin.rights.may_touch(user),
        None => signed.admin.may(Right::Operate),
    }
}

pub(super) async fn show(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    signed.must(Right::ViewTokens)?;
    let asked = signed.visit.query.text("user").trim().to_owned();
    let after = signed.visit.query.some("after");
    let user = if asked.is_empty() { None } else { sought(&admin, &asked).await? };
    let found = match &admin.desk.authority.ledger {
        Some(ledger) if user.is_some() || asked.is_empty() => {
            listed(&admin, &**ledger, user.as_deref(), after).await?
        }
        // Nobody has no sessions.
        _ => SessionList::default(),
    };
    let next = found.next.map(|last| format!("?user={}&after={}", escaped(&asked), escaped(&last)));
    let rows = lines(&admin, &signed, found.sessions).await?;
    let may_end_shown = match (&user, asked.is_empty()) {
        (None, true) => signed.admin.may(Right::Operate),
        (user, _) => user.as_ref().is_some_and(|user| may_end(&signed, Some(user))),
    };
    Ok(page(&Sessions {
        frame: Frame::new(&admin, &signed, "sessions/"),
        is_on: admin.desk.authority.ledger.is_some(),
        user: user.map(|user| shown(&admin, &user)),
        query: escaped(&asked),
        asked,
        rows,
        is_first: after.is_none(),
        next,
        is_cut_short: found.is_cut_short,
        looked_at: Thousands(BUDGET),
        may_end_shown,
    }))
}

async fn listed(
    admin: &Admin,
    ledger: &dyn Ledger,
    user: Option<&User>,
    after: Option<&str>,
) -> Result<SessionList, StoreError> {
    let rules = admin.config.sessions.rules();
    ledger
        .list_sessions(SessionListing {
            user: user.map(|user| &user.id),
            after,
            limit: PAGE,
            budget: BUDGET,
            at: admin.desk.authority.now(),
            limits: rules.limits,
            tied_to_password: rules.end_on_password_change,
        })
        .await
}

/// Each owner is looked up once.
async fn lines(admin: &Admin, signed: &Signed, sessions: Vec<Session>) -> Result<Vec<Line>, Fault> {
    let mut owners = HashMap::new();
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let user = match owners.get(&session.user) {
            Some(known) => Option::clone(known),
            None => owner(admin, &session).await?,
        };
        owners.insert(session.user.clone(), user.clone());
        lines.push(line(admin, signed, session, user));
    }
    Ok(lines)
}

fn line(admin: &Admin, signed: &Signed, session: Session, user: Option<Arc<User>>) -> Line {
    let limit = admin.config.sessions.rules().limits.end(session.created_at, session.used_at);
    Line {
        query: escaped(&session.id),
        may_end: may_end(signed, user.as_deref()),
        owner: user.map(|user| shown(admin, &user)),
        created_at: session.created_at.into(),
        used_at: session.used_at.into(),
        ends_at: limit.map_or(session.expires_at, |limit| limit.min(session.expires_at)).into(),
        address: session.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
        user_agent: session.user_agent.clone().unwrap_or_default(),
        session,
    }
}

/// Where refresh tokens are kept.
fn ledger(admin: &Admin) -> Result<&dyn Ledger, Fault> {
    admin.desk.authority.ledger.as_deref().map(|ledger| ledger as &dyn Ledger).ok_or(Fault::NOT_FOUND)
}

fn performer<'a>(admin: &Admin, signed: &'a Signed) -> Performer<'a> {
    Performer { actor: signed.actor(), origin: signed.visit.origin(), at: admin.desk.authority.now() }
}

/// Ends one.
pub(super) async fn end_one(
    State(admin): Pages,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    signed.must(Right::ViewTokens)?;
    let ledger = ledger(&admin)?;
    let session = ledger.find_session(&id).await?.ok_or(Fault::NOT_FOUND)?;
    let owner = owner(&admin, &session).await?;
    if !may_end(signed, owner.as_deref()) {
        return Err(Fault::FORBIDDEN);
    }
    let back = format!("{}sessions/?user={}", admin.base(), escaped(form.text("user")));
    if let Some(response) = signed.unconfirmed(&admin, &back) {
        return Ok(response);
    }
    let who = performer(&admin, signed);
    let deed = revocation(owner.as_deref(), Revoked::One(&id));
    let ended = audited(&*admin.store.trail, &who, deed, async {
        let ended = ledger.end_session(&id, None, who.at).await?;
        Ok((if ended { AuditOutcome::Done } else { AuditOutcome::Refused }, ended))
    });
    let said = if ended.await? { "session" } else { "over" };
    Ok(see_other(&format!("{back}&said={said}")))
}

#[derive(Template)]
#[template(path = "admin/sessions_end.html")]
struct EndAll {
    frame: Frame,
    /// Whose; `None`: everybody's.
    user: Option<Owner>,
    ends_access: bool,
}

/// Whose sessions all end: `None` of everybody. Whoever asks for it gives their password first.
async fn dangerous(
    admin: &Admin,
    signed: &Signed,
    id: &str,
) -> Result<Result<Option<Arc<User>>, Response>, Fault> {
    let user = match id {
        "" => None,
        id => Some(admin.store.directory.find_user(id).await?.ok_or(Fault::NOT_FOUND)?),
    };
    if !may_end(signed, user.as_deref()) {
        return Err(Fault::FORBIDDEN);
    }
    let back = format!("{}sessions/end/?user={}", admin.base(), escaped(id));
    Ok(signed.unconfirmed(admin, &back).map_or(Ok(user), Err))
}

pub(super) async fn ask(State(admin): Pages, signed: Signed) -> Result<Response, Fault> {
    ledger(&admin)?;
    match dangerous(&admin, &signed, signed.visit.query.text("user")).await? {
        Err(response) => Ok(response),
        Ok(user) => Ok(page(&EndAll {
            frame: Frame::new(&admin, &signed, "sessions/"),
            user: user.map(|user| shown(&admin, &user)),
            ends_access: admin.config.sessions.check_access_tokens,
        })),
    }
}

pub(super) async fn end_all(State(admin): Pages, posted: Posted) -> Result<Response, Fault> {
    let Posted { signed, form } = &posted;
    let ledger = ledger(&admin)?;
    let user = match dangerous(&admin, signed, form.text("user")).await? {
        Err(response) => return Ok(response),
        Ok(user) => user,
    };
    let who = performer(&admin, signed);
    let deed = revocation(user.as_deref(), Revoked::All);
    audited(&*admin.store.trail, &who, deed, async {
        match &user {
            Some(user) => ledger.end_sessions(Ending::Of(&user.id), who.at, 1).await?,
            None => end_everything(ledger, who.at, |_| ()).await?,
        };
        Ok((AuditOutcome::Done, ()))
    })
    .await?;
    let id = user.map_or_else(String::new, |user| escaped(&user.id.to_string()));
    Ok(see_other(&format!("{}sessions/?user={id}&said=sessions", admin.base())))
}
