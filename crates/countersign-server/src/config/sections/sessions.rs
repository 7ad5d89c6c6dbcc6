use crate::config::setting::section;
use crate::config::value::EndpointPath;
use countersign_core::clock::SignedDuration;
use countersign_core::settings;
use countersign_core::store::Limits;

section! {
    /// A session is a login and the refresh tokens that follow from it: how long it lasts and what ends it.
    pub struct Sessions = "sessions";

    /// How long a session lasts at most, however often it is refreshed. Unset: as long as it is used.
    absolute_lifetime: Option<SignedDuration> = unset, Ours;
    /// How long a session lasts that is not used. Unset: as long as its refresh token.
    idle_lifetime: Option<SignedDuration> = unset, Ours;
    /// Another password ends the user's sessions, whether we set it or Django did in the shared table. `false`: they go on.
    end_on_password_change: bool = true, Ours;
    /// An access token ends with its session wherever its user is looked up, which costs one more read. `false`: it
    /// is good until its own end, as with the packages.
    check_access_tokens: bool = false, Ours;
    /// How often `serve` removes what has ended, some rows at a time, from Django's tables of the blacklist and our own.
    /// `false`: never; `countersign db purge` does it.
    purge_interval: Option<SignedDuration> = "1h", Ours;
    /// Where users see and end their own sessions. An empty path removes the endpoint.
    path: Option<EndpointPath> = "/accounts/sessions/", Ours;
}

impl Sessions {
    /// These settings as the rules take them.
    #[must_use]
    pub fn rules(&self) -> settings::Sessions {
        settings::Sessions {
            limits: Limits { absolute: self.absolute_lifetime, idle: self.idle_lifetime },
            end_on_password_change: self.end_on_password_change,
            check_access_tokens: self.check_access_tokens,
        }
    }
}
