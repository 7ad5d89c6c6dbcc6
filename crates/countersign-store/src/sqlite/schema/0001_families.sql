-- Families of refresh tokens: one a login. Instants are microseconds since 1970.
-- Nothing here refers to a table of Django's: Django must be able to delete a user without knowing of us.
-- Not STRICT: a Python whose SQLite is older than 3.37 could not read the file any more.
CREATE TABLE countersign_family (
    id TEXT NOT NULL PRIMARY KEY,
    user_id,                      -- as the user table has it, whole number or text; NULL: nobody's
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,  -- the latest end of its tokens
    revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX countersign_family_user ON countersign_family (user_id);
CREATE INDEX countersign_family_end ON countersign_family (expires_at);

CREATE TABLE countersign_refresh (
    jti TEXT NOT NULL PRIMARY KEY,
    family_id TEXT NOT NULL REFERENCES countersign_family (id),
    generation INTEGER NOT NULL,  -- a counter, never a time
    claims TEXT,                  -- enough to sign it again; NULL once it is used
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER,
    successor_jti TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX countersign_refresh_place ON countersign_refresh (family_id, generation);
CREATE INDEX countersign_refresh_end ON countersign_refresh (expires_at);
