-- What administrators do, and the door that they come in by. Instants are microseconds since 1970.
-- Ids of users are as the user table has them, whole number or text; nothing here refers to a table of Django's.
CREATE TABLE countersign_audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id,
    actor TEXT NOT NULL,
    address TEXT,
    user_agent TEXT,
    act TEXT NOT NULL,
    subject_id,
    subject TEXT NOT NULL,
    before TEXT,                  -- JSON, never a secret
    after TEXT,
    outcome TEXT                  -- NULL: begun, and nobody knows how it ended
);
CREATE INDEX countersign_audit_time ON countersign_audit (at);
CREATE INDEX countersign_audit_act ON countersign_audit (act);
CREATE INDEX countersign_audit_actor ON countersign_audit (actor);
CREATE INDEX countersign_audit_subject ON countersign_audit (subject_id);

-- Known by the SHA-256 of what the browser has, so that who reads this table cannot use it.
CREATE TABLE countersign_admin_session (
    digest TEXT NOT NULL PRIMARY KEY,
    user_id NOT NULL,
    password_mark TEXT NOT NULL,  -- of the password hash at that time
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT
) WITHOUT ROWID;
CREATE INDEX countersign_admin_session_end ON countersign_admin_session (expires_at);

CREATE TABLE countersign_link (
    digest TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX countersign_link_end ON countersign_link (expires_at);

-- How often somebody tried to sign in. The key is a digest of who and from where.
CREATE TABLE countersign_attempt (
    key TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX countersign_attempt_since ON countersign_attempt (since);
