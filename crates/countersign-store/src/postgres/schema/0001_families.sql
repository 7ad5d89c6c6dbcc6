-- Families of refresh tokens: one a login. Instants are microseconds since 1970.
-- Nothing here refers to a table of Django's: Django must be able to delete a user without knowing of us.
CREATE TABLE countersign_family (
    id text NOT NULL PRIMARY KEY,
    user_id text,                -- the user's key as str() prints it; NULL: nobody's
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,  -- the latest end of its tokens
    revoked_at bigint
);
CREATE INDEX countersign_family_user ON countersign_family (user_id);
CREATE INDEX countersign_family_end ON countersign_family (expires_at);

CREATE TABLE countersign_refresh (
    jti text NOT NULL PRIMARY KEY,
    family_id text NOT NULL REFERENCES countersign_family (id),
    generation bigint NOT NULL,  -- a counter, never a time
    claims text,                 -- enough to sign it again; NULL once it is used
    expires_at bigint NOT NULL,
    consumed_at bigint,
    successor_jti text
);
CREATE UNIQUE INDEX countersign_refresh_place ON countersign_refresh (family_id, generation);
CREATE INDEX countersign_refresh_end ON countersign_refresh (expires_at);
