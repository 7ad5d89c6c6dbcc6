-- What somebody did of one kind, the latest first.
CREATE INDEX countersign_audit_both ON countersign_audit (actor, act);
