//! What the audit trail says where keys are changed.

use super::Deed;
use crate::clock::Timestamp;
use crate::json::Object;
use crate::jws::Tenure;
use crate::keys::states;
use crate::store::KeyRecord;
use std::fmt::Write as _;

/// Writing a plan for a key down: of each key that it changes, the state at that instant and what was and is planned.
#[must_use]
pub fn turning(act: &'static str, kid: &str, keys: &[KeyRecord], plan: &[KeyRecord], at: Timestamp) -> Deed {
    let (mut before, mut after) = (Object::new(), Object::new());
    for (key, _) in states(keys, at).iter().filter(|(key, _)| plan.iter().any(|new| new.kid == key.kid)) {
        before.insert(&key.kid, told(key.tenure, at));
    }
    for key in plan {
        after.insert(&key.kid, told(key.tenure, at));
    }
    Deed { act, subject_name: kid.to_owned(), before: Some(before), after: Some(after), ..Deed::default() }
}

/// `next, signing from 2026-11-26T05:44:54Z`
fn told(tenure: Tenure, at: Timestamp) -> String {
    let mut told = tenure.state(at).map_or("unknown", |state| state.name()).to_owned();
    let plans = [("signing", tenure.signing), ("verifying", tenure.verifying), ("retired", tenure.retired)];
    for (state, instant) in plans {
        if let Some(instant) = instant.filter(|instant| *instant > at) {
            let _ = write!(told, ", {state} from {}", instant.strftime("%Y-%m-%dT%H:%M:%SZ"));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::CONFIGURED;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(kid: &str, tenure: Tenure) -> KeyRecord {
        KeyRecord { kid: kid.to_owned(), material: None, tenure }
    }

    #[test]
    fn a_line_says_what_each_key_was_and_is_planned_to_be() {
        let configured = Tenure { verifying: Some(at(300)), ..Tenure::starting(at(0)) };
        let new = Tenure { signing: Some(at(300)), ..Tenure::published(at(100)) };
        let plan = [key(CONFIGURED, configured), key("k2", new)];
        let deed = turning("key rotate", "k2", &[], &plan, at(100));
        assert_eq!((deed.act, &*deed.subject_name), ("key rotate", "k2"));
        assert_eq!(deed.before, Some(Object::from([(CONFIGURED, "signing".to_owned())])));
        let after = [
            (CONFIGURED, "signing, verifying from 1970-01-01T00:05:00Z".to_owned()),
            ("k2", "next, signing from 1970-01-01T00:05:00Z".to_owned()),
        ];
        assert_eq!(deed.after, Some(Object::from(after)));
        let retired = key("k2", Tenure { retired: Some(at(400)), ..new });
        let deed = turning("key retire", "k2", &plan, &[retired], at(400));
        assert_eq!(deed.before, Some(Object::from([("k2", "signing".to_owned())])));
        assert_eq!(deed.after, Some(Object::from([("k2", "retired".to_owned())])));
    }
}
