//! The audit trail in memory.

use super::MemoryStore;
use crate::store::{Act, AuditEntry, AuditOutcome, AuditQuery, AuditRecord, AuditTrail};

impl AuditTrail for MemoryStore {
    fn begin_audit<'a>(&'a self, entry: &'a AuditEntry) -> Act<'a, i64> {
        self.act(move |tables| {
            let id = tables.audit.last().map_or(1, |last| last.id + 1);
            tables.audit.push(record(id, entry));
            id
        })
    }

    fn finish_audit(&self, id: i64, outcome: AuditOutcome) -> Act<'_, ()> {
        self.act(move |tables| {
            if let Some(line) = tables.audit.iter_mut().find(|line| line.id == id) {
                line.outcome = line.outcome.or(Some(outcome));
            }
        })
    }

    fn read_audit<'a>(&'a self, query: AuditQuery<'a>) -> Act<'a, Vec<AuditRecord>> {
        self.act(move |tables| {
            let wanted = |line: &&AuditRecord| {
                query.before.is_none_or(|before| line.id < before)
                    && query.since.is_none_or(|since| line.at >= since)
                    && query.act.is_none_or(|act| line.act == act)
                    && query.subject.is_none_or(|subject| line.subject.as_ref() == Some(subject))
                    && query.actor.is_none_or(|actor| line.actor == actor)
            };
            tables.audit.iter().rev().filter(wanted).take(query.limit as usize).cloned().collect()
        })
    }
}

fn record(id: i64, entry: &AuditEntry) -> AuditRecord {
    AuditRecord {
        id,
        at: entry.at,
        actor_kind: entry.actor.kind().to_owned(),
        actor_id: entry.actor.user().cloned(),
        actor: entry.actor.name().to_owned(),
        address: entry.address.clone(),
        user_agent: entry.user_agent.clone(),
        act: entry.act.to_owned(),
        subject: entry.subject.clone(),
        subject_name: entry.subject_name.clone(),
        before: entry.before.clone(),
        after: entry.after.clone(),
        outcome: None,
    }
}
