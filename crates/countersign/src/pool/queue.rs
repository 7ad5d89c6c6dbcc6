//! Who may wait, and who is told to come back.

use super::job::Job;
use countersign_core::hashing::Overloaded;
use std::collections::VecDeque;
use std::num::NonZero;
use std::time::Duration;

/// How long a job may expect to wait: a login is answered within a second and its own hash.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many may wait however short their wait: what bounds memory.
const MOST_WAITING: usize = 1024;

/// What a job is taken to last before one has been seen: PBKDF2 at Django's cost on a core of today.
const FIRST_GUESS: Duration = Duration::from_millis(100);

/// How much a new duration counts in the average: the last dozen or so of jobs decide.
const WEIGHT: u32 = 8;

/// The jobs that wait, in the order of their arrival.
pub(super) struct Queue {
    waiting: VecDeque<Job>,
    /// Jobs that threads have in hand.
    busy: usize,
    /// Threads that sleep, or have been woken and not looked yet.
    sleeping: usize,
    threads: NonZero<usize>,
    /// Average time that a thread has lately spent on a job; of two side by side, half of it each.
    typical: Duration,
    closed: bool,
}

/// What a thread does next.
pub(super) enum Next {
    /// This job. [`Queue::done`] follows.
    Begin(Job),
    /// Sleep until one arrives. [`Queue::woke`] follows.
    Sleep,
    /// End.
    End,
}

impl Queue {
    pub(super) fn new(threads: NonZero<usize>) -> Self {
        Self { waiting: VecDeque::new(), busy: 0, sleeping: 0, threads, typical: FIRST_GUESS, closed: false }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Lets a job in, or says when to ask again.
    pub(super) fn admit(&mut self, job: Job) -> Result<(), Overloaded> {
        if self.is_full() {
            self.waiting.retain(|job| !job.is_abandoned());
        }
        if self.is_full() {
            let retry_after = Duration::from_secs(self.wait().as_secs() + 1);
            return Err(Overloaded { retry_after });
        }
        self.waiting.push_back(job);
        Ok(())
    }

    /// What a thread that is free does next.
    pub(super) fn next(&mut self) -> Next {
        while let Some(job) = self.waiting.pop_front() {
            if !job.is_abandoned() {
                self.busy += 1;
                return Next::Begin(job);
            }
        }
        if self.closed {
            return Next::End;
        }
        self.sleeping += 1;
        Next::Sleep
    }

    /// A thread that slept is awake.
    pub(super) fn woke(&mut self) {
        self.sleeping -= 1;
    }

    /// A job for a thread to do beside the one that it has in hand: the next one, if there is no thread that has
    /// nothing else to do. [`Queue::done`] follows.
    pub(super) fn partner(&mut self) -> Option<Job> {
        while self.waiting.front().is_some_and(Job::is_abandoned) {
            self.waiting.pop_front();
        }
        if self.waiting.len() <= self.sleeping {
            return None;
        }
        let job = self.waiting.pop_front_if(|job| job.in_steps)?;
        self.busy += 1;
        Some(job)
    }

    /// A job that was begun has ended, so long after the one before it or its thread's beginning.
    pub(super) fn done(&mut self, duration: Duration) {
        self.busy -= 1;
        self.typical = self.typical * (WEIGHT - 1) / WEIGHT + duration / WEIGHT;
    }

    /// Forgets who waits and ends the threads.
    pub(super) fn close(&mut self) {
        self.waiting.clear();
        self.closed = true;
    }

    /// One may wait behind each thread even where a single job takes longer than anybody's patience.
    fn is_full(&self) -> bool {
        let waiting = self.waiting.len();
        waiting >= MOST_WAITING || waiting >= self.threads.get() && self.wait() > PATIENCE
    }

    /// How long a newcomer should have to wait: until so many jobs have ended that a thread is free for it.
    fn wait(&self) -> Duration {
        let threads = self.threads.get();
        let ends = (self.waiting.len() + self.busy + 1).saturating_sub(threads);
        let rounds = u32::try_from(ends.div_ceil(threads)).unwrap_or(u32::MAX);
        self.typical.saturating_mul(rounds)
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::Task;
    use super::*;
    use tokio::sync::oneshot;

    type Answer = oneshot::Receiver<countersign_core::password::Check>;

    fn job() -> (Job, Answer) {
        let (answer, answered) = oneshot::channel();
        let task = Task::Check { password: "secret".into(), encoded: None, answer };
        (Job { task, in_steps: true }, answered)
    }

    fn queue(threads: usize) -> Queue {
        Queue::new(NonZero::new(threads).unwrap())
    }

    /// Lets jobs in until one is refused.
    fn fill(queue: &mut Queue) -> (Vec<Answer>, Overloaded) {
        let mut admitted = Vec::new();
        loop {
            let (job, answer) = job();
            match queue.admit(job) {
                Ok(()) => admitted.push(answer),
                Err(overloaded) => return (admitted, overloaded),
            }
        }
    }

    #[test]
    fn a_second_of_work_is_admitted_and_the_rest_told_to_come_back() {
        // Ten rounds of 100 ms, behind the jobs that the threads take at once.
        for (threads, expected) in [(1, 11), (2, 22), (8, 88)] {
            let (admitted, overloaded) = fill(&mut queue(threads));
            assert_eq!(admitted.len(), expected, "{threads} threads");
            assert_eq!(overloaded.retry_after, Duration::from_secs(2));
        }
    }

    #[test]
    fn it_makes_no_difference_whether_jobs_wait_or_are_in_hand() {
        let mut queue = queue(2);
        let (_answers, _) = fill(&mut queue);
        assert!(matches!(queue.next(), Next::Begin(_)));
        assert!(matches!(queue.next(), Next::Begin(_)));
        assert!(queue.admit(job().0).is_err());
    }

    #[test]
    fn slow_jobs_shorten_the_queue_but_one_may_wait_behind_each_thread() {
        let mut queue = queue(2);
        for _ in 0..100 {
            queue.busy = 1;
            queue.done(Duration::from_secs(3));
        }
        queue.busy = 2;
        assert_eq!(fill(&mut queue).0.len(), 2);
    }

    #[test]
    fn quick_jobs_lengthen_it_up_to_a_limit() {
        let mut queue = queue(2);
        for _ in 0..200 {
            queue.busy = 1;
            queue.done(Duration::from_nanos(1));
        }
        assert_eq!(fill(&mut queue).0.len(), MOST_WAITING);
    }

    #[test]
    fn one_slow_job_among_many_changes_little() {
        let mut queue = queue(1);
        queue.busy = 1;
        queue.done(Duration::from_millis(500));
        assert_eq!(queue.typical, Duration::from_millis(150));
    }

    #[test]
    fn the_places_of_those_who_left_are_given_away() {
        let mut queue = queue(1);
        let (mut answers, _) = fill(&mut queue);
        answers.truncate(4);
        assert_eq!(fill(&mut queue).0.len(), 7);
    }

    #[test]
    fn what_nobody_waits_for_is_not_begun() {
        let mut queue = queue(1);
        let (gone, _) = job();
        let (stays, _answer) = job();
        queue.admit(gone).unwrap();
        queue.admit(stays).unwrap();
        assert!(matches!(queue.next(), Next::Begin(job) if !job.is_abandoned()));
        assert!(matches!(queue.next(), Next::Sleep));
    }

    #[test]
    fn a_thread_that_sleeps_comes_before_one_that_has_a_job_in_hand() {
        let mut queue = queue(2);
        assert!(matches!(queue.next(), Next::Sleep));
        let [(one, _one), (two, _two)] = [job(), job()];
        queue.admit(one).unwrap();
        assert!(queue.partner().is_none());
        queue.admit(two).unwrap();
        assert!(queue.partner().is_some());
        assert!(queue.partner().is_none());
        queue.woke();
        assert!(queue.partner().is_some());
    }

    #[test]
    fn a_partner_is_the_next_one_that_somebody_waits_for_or_none() {
        let mut queue = queue(1);
        let [(gone, _), (mut whole, _whole), (stays, _stays)] = [job(), job(), job()];
        whole.in_steps = false;
        for job in [gone, whole, stays] {
            queue.admit(job).unwrap();
        }
        // Nobody is overtaken by one who fits better.
        assert!(queue.partner().is_none());
        assert_eq!(queue.waiting(), 2);
        assert!(matches!(queue.next(), Next::Begin(job) if !job.in_steps));
        assert!(queue.partner().is_some());
        assert_eq!(queue.busy, 2);
    }
}
