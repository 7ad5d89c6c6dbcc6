//! What the database says of its tables: those that a statement finds by their bare name.

use super::fault::Failure;
use deadpool_postgres::GenericClient;

/// Whether there is such a table. Case counts.
///
/// Read as rows are: `to_regclass` answers out of the connection's memory, which knows nothing yet of what another made
/// while this one waited for a lock that is not a table's.
pub(super) async fn has_table(db: &impl GenericClient, table: &str) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (
                   SELECT 1 FROM pg_class WHERE relname = $1::text::name AND pg_table_is_visible(oid)
               )";
    Ok(db.query_one(sql, &[&table]).await?.get(0))
}

/// The first of these tables that is not there.
pub(super) async fn missing_table(
    db: &impl GenericClient,
    tables: &[&'static str],
) -> Result<Option<&'static str>, Failure> {
    for table in tables {
        if !has_table(db, table).await? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Whether no table is where new ones would be made, but for what extensions brought.
pub(super) async fn is_empty(db: &impl GenericClient) -> Result<bool, Failure> {
    let sql = "SELECT NOT EXISTS (
                   SELECT 1 FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
                   AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
                   AND NOT EXISTS (
                       SELECT 1 FROM pg_depend AS d
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.deptype = 'e'
                   )
               )";
    Ok(db.query_one(sql, &[]).await?.get(0))
}

/// The columns of a table with their types as PostgreSQL prints them, in order.
pub(super) async fn columns(db: &impl GenericClient, table: &str) -> Result<Vec<(String, String)>, Failure> {
    let sql = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
               WHERE attrelid = to_regclass(quote_ident($1::text)) AND attnum > 0 AND NOT attisdropped
               ORDER BY attnum";
    let rows = db.query(sql, &[&table]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// A foreign key to a table, of one column.
#[derive(Debug)]
pub(super) struct Reference {
    /// The name of the table that it is in.
    pub(super) table: String,
    /// The same in quotes, with the schema where it is needed.
    pub(super) quoted: String,
    /// Its column.
    pub(super) column: String,
}

/// Every column that refers to a table.
pub(super) async fn references_to(db: &impl GenericClient, table: &str) -> Result<Vec<Reference>, Failure> {
    let sql = "SELECT c.relname::text, k.conrelid::regclass::text, a.attname::text
               FROM pg_constraint AS k
               JOIN pg_class AS c ON c.oid = k.conrelid
               JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
               WHERE k.contype = 'f' AND k.confrelid = to_regclass(quote_ident($1::text))
               AND cardinality(k.conkey) = 1
               ORDER BY 2, 3";
    let rows = db.query(sql, &[&table]).await?;
    let reference =
        |row: &tokio_postgres::Row| Reference { table: row.get(0), quoted: row.get(1), column: row.get(2) };
    Ok(rows.iter().map(reference).collect())
}

/// A name that the database gave us, which may hold anything.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
