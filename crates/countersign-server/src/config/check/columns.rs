//! Settings that read a column which the user table does not have: they would say the same of everybody.

use super::Report;
use countersign_core::declared::{ClaimSource, UserField};
use countersign_core::store::UserColumns;

impl Report<'_> {
    pub(super) fn columns(&mut self, columns: &UserColumns) {
        let (simple_jwt, jwt_auth) = (&self.config.simple_jwt, &self.config.jwt_auth);
        let payload = jwt_auth.enabled.then_some(("jwt_auth", "payload", &jwt_auth.payload));
        let mut lost = Vec::new();
        for (section, name, claims) in
            [("simple_jwt", "claims", &simple_jwt.claims)].into_iter().chain(payload)
        {
            for (claim, source) in claims.iter() {
                if let Some(column) = missing(source, columns) {
                    lost.push((section, name, format!("reads user.{column} for the claim {claim}"), column));
                }
            }
        }
        for (section, name, what, column) in lost {
            let what = format!("{what}, and the user table has no such column");
            let remedy = format!("name the column in [users] {column}, or remove it");
            self.fault(section, name, &what, remedy);
        }
        if simple_jwt.user_id_field == "email" && !columns.email {
            self.fault(
                "simple_jwt",
                "user_id_field",
                "is \"email\", and the user table has no such column",
                "name the column in [users] email, or use \"id\"",
            );
        }
    }
}

/// The column that a claim reads, if it is not there.
const fn missing(source: &ClaimSource, columns: &UserColumns) -> Option<&'static str> {
    let ClaimSource::UserField(field) = source else { return None };
    let (is_there, column) = match field {
        UserField::Id | UserField::Username => return None,
        UserField::Email => (columns.email, "email"),
        UserField::FirstName => (columns.first_name, "first_name"),
        UserField::LastName => (columns.last_name, "last_name"),
        UserField::IsActive => (columns.is_active, "is_active"),
        UserField::IsStaff => (columns.is_staff, "is_staff"),
        UserField::IsSuperuser => (columns.is_superuser, "is_superuser"),
        UserField::LastLogin => (columns.last_login, "last_login"),
        UserField::DateJoined => (columns.date_joined, "date_joined"),
    };
    if is_there { None } else { Some(column) }
}
