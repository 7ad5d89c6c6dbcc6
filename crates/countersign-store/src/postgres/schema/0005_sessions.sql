-- What people see of a family: a session. Nothing of a family that is there already changes its meaning.
ALTER TABLE countersign_family
    ADD COLUMN used_at bigint NOT NULL DEFAULT 0,
    ADD COLUMN address text,      -- of the last use, as it is printed
    ADD COLUMN user_agent text,   -- of the last use, its first 200 characters
    ADD COLUMN fingerprint text;  -- of the password's hash; NULL: not seen yet
UPDATE countersign_family SET used_at = coalesce(
    (SELECT max(r.consumed_at) FROM countersign_refresh AS r WHERE r.family_id = countersign_family.id),
    created_at
);
CREATE INDEX countersign_family_live ON countersign_family (id) WHERE revoked_at IS NULL;

-- An access token leads to its session by the beginning of an id, byte by byte, whatever the database's collation.
CREATE INDEX countersign_refresh_handle ON countersign_refresh (jti COLLATE "C");

-- One row or none: what was issued before this instant is dead.
CREATE TABLE countersign_epoch (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    begins_at bigint NOT NULL
);
