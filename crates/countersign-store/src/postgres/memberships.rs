//! Groups and permissions.

use super::fault::Failure;
use super::users::{UserSql, by_id};
use countersign_core::store::Memberships;
use countersign_core::user::UserId;
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;

/// Groups and permissions, as Django's `ModelBackend` sees them, of one moment.
pub(super) async fn memberships(sql: &UserSql, db: &mut Object, id: &UserId) -> Result<Memberships, Failure> {
    let moment = db.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let moment = moment.start().await?;
    let (Some(user), Some(key)) = (by_id(sql, &moment, id).await?, sql.key(id)) else {
        return Ok(Memberships::default());
    };
    let own = &sql.memberships;
    let permissions = match (user.is_active, user.is_superuser) {
        (false, _) => Vec::new(),
        (true, true) => texts(&moment, own.all_permissions.as_ref(), &[]).await?,
        (true, false) => texts(&moment, own.permissions.as_ref(), &[&key]).await?,
    };
    let groups = texts(&moment, own.groups.as_ref(), &[&key]).await?;
    moment.commit().await?;
    Ok(Memberships { groups, permissions })
}

async fn texts(
    db: &impl GenericClient,
    query: Option<&String>,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<String>, Failure> {
    let Some(query) = query else { return Ok(Vec::new()) };
    let query = db.prepare_cached(query).await?;
    Ok(db.query(&query, values).await?.iter().map(|row| row.get(0)).collect())
}
