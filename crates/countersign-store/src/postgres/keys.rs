//! The keys that servers share: `countersign_key`, and its version.

use super::Postgres;
use super::fault::Failure;
use countersign_core::clock::Timestamp;
use countersign_core::jws::Tenure;
use countersign_core::store::{Act, KeyMaterial, KeyRecord, KeyRecords, Keys};
use deadpool_postgres::Object;
use std::sync::Arc;
use tokio_postgres::Row;

impl Keys for Postgres {
    fn key_version(&self) -> Act<'_, u64> {
        Box::pin(async move { Ok(self.version().await?) })
    }

    fn keys(&self) -> Act<'_, KeyRecords> {
        Box::pin(async move {
            // One statement, and so one moment: the version stands in every row.
            let select =
                "SELECT kid, algorithm, public, sealed, next_at, signing_at, verifying_at, retired_at,
                          (SELECT version FROM countersign_key_ring)
                          FROM countersign_key ORDER BY next_at, kid COLLATE \"C\"";
            let rows = self.link.read(select, &[]).await?;
            let version = match rows.first() {
                Some(row) => row.get::<_, i64>(8).cast_unsigned(),
                None => self.version().await?,
            };
            let keys = rows.iter().map(record).collect::<Result<_, _>>()?;
            Ok(KeyRecords { version, keys })
        })
    }

    fn write_keys<'a>(&'a self, version: u64, keys: &'a [KeyRecord]) -> Act<'a, bool> {
        let keys = Arc::new(keys.to_vec());
        self.link.act(move |db| {
            let keys = Arc::clone(&keys);
            Box::pin(async move { write(db, version, &keys).await })
        })
    }
}

impl Postgres {
    async fn version(&self) -> Result<u64, Failure> {
        let rows = self.link.read("SELECT version FROM countersign_key_ring", &[]).await?;
        let row = rows.first().ok_or_else(|| Failure::new("the table of keys has no version"))?;
        Ok(row.get::<_, i64>(0).cast_unsigned())
    }
}

/// Of two at once the second waits for the first, and sees another version then.
async fn write(db: &mut Object, version: u64, keys: &[KeyRecord]) -> Result<bool, Failure> {
    let act = db.transaction().await?;
    let claim = "UPDATE countersign_key_ring SET version = version + 1 WHERE version = $1";
    if act.execute(claim, &[&version.cast_signed()]).await? == 0 {
        return Ok(false);
    }
    let upsert = "INSERT INTO countersign_key
                  (kid, algorithm, public, sealed, next_at, signing_at, verifying_at, retired_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                  ON CONFLICT (kid) DO UPDATE SET
                  (algorithm, public, sealed, next_at, signing_at, verifying_at, retired_at) =
                  (excluded.algorithm, excluded.public, excluded.sealed, excluded.next_at, excluded.signing_at,
                   excluded.verifying_at, excluded.retired_at)";
    let upsert = act.prepare_cached(upsert).await?;
    for KeyRecord { kid, material, tenure } in keys {
        let micros = |instant: Option<Timestamp>| instant.map(Timestamp::as_microsecond);
        act.execute(
            &upsert,
            &[
                kid,
                &material.as_ref().map(|material| material.algorithm.name()),
                &material.as_ref().and_then(|material| material.public.as_ref()),
                &material.as_ref().map(|material| &material.sealed),
                &tenure.next.as_microsecond(),
                &micros(tenure.signing),
                &micros(tenure.verifying),
                &micros(tenure.retired),
            ],
        )
        .await?;
    }
    act.commit().await?;
    Ok(true)
}

fn record(row: &Row) -> Result<KeyRecord, Failure> {
    let algorithm: Option<String> = row.try_get(1)?;
    let material = match algorithm {
        None => None,
        Some(name) => Some(KeyMaterial {
            algorithm: name
                .parse()
                .map_err(|_| Failure::new(format!("a key is for {name:?}, which is unknown")))?,
            public: row.try_get(2)?,
            sealed: row.try_get(3)?,
        }),
    };
    let tenure = Tenure {
        next: instant(row, 4)?.unwrap_or(Timestamp::MIN),
        signing: instant(row, 5)?,
        verifying: instant(row, 6)?,
        retired: instant(row, 7)?,
    };
    Ok(KeyRecord { kid: row.try_get(0)?, material, tenure })
}

fn instant(row: &Row, column: usize) -> Result<Option<Timestamp>, Failure> {
    let micros: Option<i64> = row.try_get(column)?;
    let read =
        |micros| Timestamp::from_microsecond(micros).map_err(|_| Failure::new("an instant is out of range"));
    micros.map(read).transpose()
}
