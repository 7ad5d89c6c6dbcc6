//! The keys that servers share: `countersign_key`, and its version.

use super::Sqlite;
use crate::error::Failure;
use countersign_core::clock::Timestamp;
use countersign_core::jws::Tenure;
use countersign_core::store::{Act, KeyMaterial, KeyRecord, KeyRecords, Keys};
use rusqlite::{Connection, Row};

impl Keys for Sqlite {
    fn key_version(&self) -> Act<'_, u64> {
        self.readers.queued(version)
    }

    fn keys(&self) -> Act<'_, KeyRecords> {
        self.readers.queued(|db| {
            // One statement, and so one moment: the version stands in every row.
            let select = "SELECT kid, algorithm, public, sealed, next_at, signing_at, verifying_at, retired_at,
                          (SELECT version FROM countersign_key_ring) FROM countersign_key ORDER BY next_at, kid";
            let mut query = db.prepare_cached(select)?;
            let rows = query.query_map([], |row| Ok((record(row)?, unsigned(row, 8)?)))?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let version = match rows.first() {
                Some((_, version)) => *version,
                None => version(db)?,
            };
            Ok(KeyRecords { version, keys: rows.into_iter().map(|(record, _)| record).collect() })
        })
    }

    fn write_keys<'a>(&'a self, version: u64, keys: &'a [KeyRecord]) -> Act<'a, bool> {
        let keys = keys.to_vec();
        self.write(move |_, db| write(db, version, &keys))
    }
}

fn version(db: &Connection) -> Result<u64, Failure> {
    let select = "SELECT version FROM countersign_key_ring";
    Ok(db.prepare_cached(select)?.query_row([], |row| unsigned(row, 0))?)
}

fn write(db: &Connection, version: u64, keys: &[KeyRecord]) -> Result<bool, Failure> {
    let claim = "UPDATE countersign_key_ring SET version = version + 1 WHERE version = ?1";
    if db.prepare_cached(claim)?.execute([version.cast_signed()])? == 0 {
        return Ok(false);
    }
    let upsert = "INSERT OR REPLACE INTO countersign_key
                  (kid, algorithm, public, sealed, next_at, signing_at, verifying_at, retired_at)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let mut upsert = db.prepare_cached(upsert)?;
    for KeyRecord { kid, material, tenure } in keys {
        let micros = |instant: Option<Timestamp>| instant.map(Timestamp::as_microsecond);
        upsert.execute((
            kid,
            material.as_ref().map(|material| material.algorithm.name()),
            material.as_ref().and_then(|material| material.public.as_ref()),
            material.as_ref().map(|material| &material.sealed),
            tenure.next.as_microsecond(),
            micros(tenure.signing),
            micros(tenure.verifying),
            micros(tenure.retired),
        ))?;
    }
    Ok(true)
}

fn record(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    let algorithm: Option<String> = row.get(1)?;
    let material = match algorithm {
        None => None,
        Some(name) => Some(KeyMaterial {
            algorithm: name
                .parse()
                .map_err(|_| unusable(format!("a key is for {name:?}, which is unknown")))?,
            public: row.get(2)?,
            sealed: row.get(3)?,
        }),
    };
    let tenure = Tenure {
        next: instant(row, 4)?.unwrap_or(Timestamp::MIN),
        signing: instant(row, 5)?,
        verifying: instant(row, 6)?,
        retired: instant(row, 7)?,
    };
    Ok(KeyRecord { kid: row.get(0)?, material, tenure })
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    let read = |micros| {
        Timestamp::from_microsecond(micros).map_err(|_| unusable("an instant is out of range".to_owned()))
    };
    micros.map(read).transpose()
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

fn unusable(why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, why.into())
}
