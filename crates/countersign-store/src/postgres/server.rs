//! Whether a server keeps what it promises.

use crate::error::OpenFault;
use deadpool_postgres::GenericClient;

/// The oldest version that this was made for, as `server_version_num` has it.
const OLDEST: i32 = 130_000;

/// Errs where a commit would be acknowledged before it is safe, where nothing can be written, and where the server is
/// older than what this was made for. Warns where only the machine's luck keeps a commit.
pub(super) async fn check(db: &impl GenericClient) -> Result<(), OpenFault> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                      current_setting('synchronous_commit') <> 'off',
                      current_setting('transaction_read_only') = 'on',
                      current_setting('fsync') = 'on'";
    let row = db.query_one(sql, &[]).await?;
    if row.get::<_, i32>(0) < OLDEST {
        return Err(OpenFault::TooOld { version: row.get(1) });
    }
    if !row.get::<_, bool>(2) {
        return Err(OpenFault::NotDurable);
    }
    if row.get(3) {
        return Err(OpenFault::ReadOnly);
    }
    if !row.get::<_, bool>(4) {
        tracing::warn!("PostgreSQL runs with fsync = off: what it acknowledged may be lost with the power");
    }
    Ok(())
}

/// The server's version, as it prints it.
pub(super) async fn version(db: &impl GenericClient) -> Result<String, OpenFault> {
    Ok(db.query_one("SELECT current_setting('server_version')", &[]).await?.get(0))
}
