//! One request to an endpoint, as the hooks see it.
//!
//! The rules know no HTTP, so the request does not travel through them: it waits beside the task, where the users'
//! wrapper and the events' find it again.

use super::{Hooks, LoginContext, ResponseContext};
use crate::authenticate::Caller;
use crate::endpoint::Endpoint;
use crate::rest::{Action, Answer, BoxFuture, Call, Parts};
use countersign_core::clock::{Clock, Timestamp};
use countersign_core::event::{LoginEvent, LoginOutcome};
use countersign_core::user::User;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static CONVERSATION: Arc<Conversation>;
}

/// A request and what was learnt in answering it.
pub(super) struct Conversation {
    pub(super) request: Parts,
    learnt: Mutex<Learnt>,
}

#[derive(Default)]
struct Learnt {
    /// Who was looked up last.
    user: Option<Arc<User>>,
    logins: Vec<Attempt>,
}

struct Attempt {
    username: String,
    user: Option<Arc<User>>,
    outcome: LoginOutcome,
    method: &'static str,
    at: Timestamp,
}

impl Conversation {
    /// The one that this task is in.
    pub(super) fn present() -> Option<Arc<Self>> {
        CONVERSATION.try_with(Arc::clone).ok()
    }

    /// Remembers who was looked up.
    pub(super) fn learn(user: &Arc<User>) {
        let _ = CONVERSATION.try_with(|conversation| conversation.learnt().user = Some(Arc::clone(user)));
    }

    /// Remembers an attempt to log in.
    pub(super) fn hear(event: &LoginEvent<'_>) {
        let _ = CONVERSATION.try_with(|conversation| {
            let mut learnt = conversation.learnt();
            let user = learnt.user.clone().filter(|user| Some(&user.id) == event.user);
            learnt.logins.push(Attempt {
                username: event.username.to_owned(),
                user,
                outcome: event.outcome,
                method: event.method,
                at: event.at,
            });
        });
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The endpoint with hooks around each of its operations.
pub(crate) fn hooked(mut endpoint: Endpoint, hooks: &Hooks, clock: &Arc<dyn Clock>) -> Endpoint {
    for operation in &mut endpoint.operations {
        operation.action = Arc::new(Hooked {
            action: Arc::clone(&operation.action),
            hooks: hooks.clone(),
            clock: Arc::clone(clock),
            endpoint: endpoint.name.clone().into_owned(),
        });
    }
    endpoint
}

struct Hooked {
    action: Arc<dyn Action>,
    hooks: Hooks,
    clock: Arc<dyn Clock>,
    endpoint: String,
}

impl Action for Hooked {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let learnt = Learnt { user: admitted(&call), logins: Vec::new() };
            let conversation = Arc::new(Conversation { request: call.parts.clone(), learnt: learnt.into() });
            let acting = CONVERSATION.scope(Arc::clone(&conversation), self.action.act(call));
            let mut answer = acting.await;
            self.tell(&conversation, &mut answer).await;
            answer
        })
    }
}

impl Hooked {
    async fn tell(&self, conversation: &Conversation, answer: &mut Answer) {
        let Learnt { user, logins } = std::mem::take(&mut *conversation.learnt());
        if let Some(hook) = &self.hooks.login {
            for Attempt { username, user, outcome, method, at } in &logins {
                let (outcome, method, at) = (*outcome, *method, *at);
                let request = &conversation.request;
                hook.tell(LoginContext { user: user.as_deref(), username, outcome, method, at, request })
                    .await;
            }
        }
        if let Some(hook) = &self.hooks.response {
            let context = ResponseContext {
                user: user.as_deref().filter(|_| answer.status.is_success()),
                endpoint: &self.endpoint,
                at: self.clock.now(),
                request: &conversation.request,
            };
            hook.ask(context, answer).await;
        }
    }
}

/// Whom the endpoint's guard let in.
fn admitted(call: &Call<'_>) -> Option<Arc<User>> {
    let caller = call.admission.get::<Caller>().and_then(|caller| caller.user.clone());
    caller.or_else(|| call.admission.get::<Arc<User>>().cloned())
}
