-- The keys that servers share. Instants are microseconds since 1970. Few rows, read as a whole.
CREATE TABLE countersign_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT,               -- NULL: the keys that the configuration names
    public TEXT,                  -- a JWK; NULL for a secret
    sealed BLOB,                  -- the private half, encrypted
    next_at INTEGER NOT NULL,
    signing_at INTEGER,
    verifying_at INTEGER,
    retired_at INTEGER
) WITHOUT ROWID;

-- One row: another number after each change, so that asking for news costs next to nothing.
CREATE TABLE countersign_key_ring (version INTEGER NOT NULL);
INSERT INTO countersign_key_ring (version) VALUES (0);
