//! What a thread of the pool does all its life.

use super::Shared;
use super::job::Job;
use super::queue::Next;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Takes job after job until the pool is closed.
pub(super) fn work(shared: &Shared) {
    yield_to_others();
    while let Some(job) = next(shared) {
        let began = Instant::now();
        // Nothing that a job leaves behind is used again: its answer goes down with it.
        let run = AssertUnwindSafe(|| job.run(&shared.hashers, &*shared.random));
        if catch_unwind(run).is_err() {
            tracing::error!("hashing a password panicked");
        }
        shared.queue().done(began.elapsed());
    }
}

fn next(shared: &Shared) -> Option<Job> {
    let mut queue = shared.queue();
    loop {
        match queue.next() {
            Next::Begin(job) => return Some(job),
            Next::Sleep => {
                queue = shared.arrived.wait(queue).expect("nothing panics while it holds the queue");
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
