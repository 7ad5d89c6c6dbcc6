-- The keys that servers share. Instants are microseconds since 1970. Few rows, read as a whole.
CREATE TABLE countersign_key (
    kid text NOT NULL PRIMARY KEY,
    algorithm text,               -- NULL: the keys that the configuration names
    public text,                  -- a JWK; NULL for a secret
    sealed bytea,                 -- the private half, encrypted
    next_at bigint NOT NULL,
    signing_at bigint,
    verifying_at bigint,
    retired_at bigint
);

-- One row: another number after each change, so that asking for news costs next to nothing.
CREATE TABLE countersign_key_ring (version bigint NOT NULL);
INSERT INTO countersign_key_ring (version) VALUES (0);
