-- What somebody did of one kind, the latest first.
CREATE INDEX countersign_audit_both ON countersign_audit (actor, act, id);

-- The sessions of a user in the order in which they are listed.
CREATE INDEX countersign_family_owner ON countersign_family (user_id, id);
DROP INDEX countersign_family_user;
