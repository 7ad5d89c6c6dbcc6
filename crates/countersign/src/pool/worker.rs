//! What a thread of the pool does all its life.

use super::Shared;
use super::hand::Hand;
use super::job::Job;
use super::queue::Next;
use std::time::Instant;

/// Takes job after job until the pool is closed.
pub(super) fn work(shared: &Shared) {
    yield_to_others();
    while let Some(job) = next(shared) {
        carry_out(job, shared);
    }
}

/// Does a job, and beside it whatever waits and goes forward in steps too, until there is nothing in hand.
fn carry_out(job: Job, shared: &Shared) {
    let mut last_end = Instant::now();
    let mut hands = vec![Hand::begin(job, shared)];
    loop {
        hands.retain(|hand| {
            if hand.is_over() {
                shared.queue().done(std::mem::replace(&mut last_end, Instant::now()).elapsed());
            }
            !hand.is_over()
        });
        let Some(hand) = hands.first() else { return };
        if shared.pairs && hands.len() == 1 && hand.is_in_steps() {
            let partner = shared.queue().partner();
            hands.extend(partner.map(|job| Hand::begin(job, shared)));
        }
        Hand::advance(&mut hands, shared);
    }
}

fn next(shared: &Shared) -> Option<Job> {
    let mut queue = shared.queue();
    loop {
        match queue.next() {
            Next::Begin(job) => return Some(job),
            Next::Sleep => {
                queue = shared.arrived.wait(queue).expect("nothing panics while it holds the queue");
                queue.woke();
            }
            Next::End => return None,
        }
    }
}

/// Lowers this thread's priority. On Linux a priority is a thread's, and what `None` means is the caller; the
/// threads that argon2 starts from here inherit it. Elsewhere it would be the whole process's.
///
/// A system that forbids it loses no more than the courtesy.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let present = getpriority_process(None).unwrap_or(0);
        let _ = setpriority_process(None, (present + 10).min(19));
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn the_pools_threads_yield_and_no_others_do() {
        use rustix::process::getpriority_process;
        let before = getpriority_process(None).unwrap();
        let lowered = std::thread::spawn(|| {
            super::yield_to_others();
            getpriority_process(None).unwrap()
        });
        assert_eq!(lowered.join().unwrap(), (before + 10).min(19));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
