//! Users that are kept anywhere, behind three methods; claims, answers and logins with code of one's own.
//!
//! ```sh
//! cargo run -p countersign-examples --bin hooks -- 127.0.0.1:8000
//!
//! curl -s http://127.0.0.1:8000/api/token/ -d username=ann -d password="correct horse"    # … "tenant":"acme"}
//! curl -s http://127.0.0.1:8000/orders -H "Authorization: Bearer $ACCESS"                 # the orders of acme
//! curl -s http://127.0.0.1:8000/logins                                                    # who tried, and how it went
//! ```

use axum::{Router, routing::get};
use countersign::hooks::{ClaimsContext, ClaimsHook, LoginContext, ResponseContext};
use countersign::permission::{Permission, Visit};
use countersign::rest::Answer;
use countersign::{BoxError, Claims, Countersign, Object, Rejection, User, UserId, UserStore};
use countersign_examples::{SECRET, hashed, serve};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Members by name: a stand-in for a directory, a service or a database of any kind.
#[derive(Clone)]
struct Directory(Arc<Mutex<HashMap<String, String>>>);

impl UserStore for Directory {
    async fn by_username(&self, username: &str) -> Result<Option<User>, BoxError> {
        let members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = members.get(username).cloned();
        Ok(hash.map(|hash| User { id: UserId::Text(username.to_owned()), ..User::new(username, hash) }))
    }

    async fn by_id(&self, id: &str) -> Result<Option<User>, BoxError> {
        self.by_username(id).await
    }

    async fn replace_password(&self, id: &UserId, old: &str, new: &str) -> Result<bool, BoxError> {
        let mut members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = members.get_mut(&id.to_string()).filter(|hash| *hash == old);
        Ok(hash.map(|hash| new.clone_into(hash)).is_some())
    }
}

/// Puts the member's tenant into the tokens. It could wait for a database.
struct Tenants;

impl ClaimsHook for Tenants {
    async fn claims(&self, _: &ClaimsContext<'_>) -> Result<Object, BoxError> {
        Ok(Object::from([("tenant", "acme")]))
    }
}

/// Lets in tokens that name a tenant.
#[derive(Clone)]
struct HasTenant;

impl Permission for HasTenant {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(visit.caller().is_some_and(|caller| caller.claim("tenant").is_some()))
    }
}

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: String,
}

async fn orders(Claims(token): Claims<Tenant>) -> String {
    format!("the orders of {}\n", token.tenant)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let members = HashMap::from([("ann".to_owned(), hashed("correct horse")?)]);
    let logins = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&logins);
    let countersign = Countersign::builder()
        .secret_key(SECRET)
        .users(Directory(Arc::new(members.into())))
        .claims_hook(Tenants)
        .response_hook(|of: &ResponseContext<'_>, answer: &mut Answer| {
            if of.user.is_some() {
                answer.insert("tenant", "acme");
            }
        })
        .login_hook(move |login: &LoginContext<'_>| {
            let who = login.user.map_or("somebody", |user| &user.username);
            let line = format!("{who} from {:?}: {:?}\n", login.request.address, login.outcome);
            heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
        })
        .build()?;
    let app = Router::new()
        .route("/orders", get(orders))
        .route_layer(countersign.require(HasTenant))
        .route("/logins", get(async move || logins.lock().unwrap_or_else(PoisonError::into_inner).clone()))
        .merge(countersign.router());
    serve(app).await
}
