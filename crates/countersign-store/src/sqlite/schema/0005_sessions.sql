-- What people see of a family: a session. Nothing of a family that is there already changes its meaning.
ALTER TABLE countersign_family ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE countersign_family ADD COLUMN address TEXT;      -- of the last use, as it is printed
ALTER TABLE countersign_family ADD COLUMN user_agent TEXT;   -- of the last use, its first 200 characters
ALTER TABLE countersign_family ADD COLUMN fingerprint TEXT;  -- of the password's hash; NULL: not seen yet
UPDATE countersign_family SET used_at = coalesce(
    (SELECT max(r.consumed_at) FROM countersign_refresh AS r WHERE r.family_id = countersign_family.id),
    created_at
);
CREATE INDEX countersign_family_live ON countersign_family (id) WHERE revoked_at IS NULL;

-- One row or none: what was issued before this instant is dead.
CREATE TABLE countersign_epoch (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    begins_at INTEGER NOT NULL
);
