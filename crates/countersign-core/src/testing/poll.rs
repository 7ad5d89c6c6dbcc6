//! Futures without a runtime, for facts that must not depend on one.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// Runs a future to its end on this thread, which sleeps while the future waits.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Starts all futures before it waits for any; gives what they gave, in their order.
pub async fn join_all<T>(futures: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(Running::Pending).collect();
    std::future::poll_fn(|context| {
        let waiting =
            running.iter_mut().filter_map(|one| one.poll(context).is_pending().then_some(())).count();
        if waiting == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running
        .into_iter()
        .map(|one| match one {
            Running::Done(output) => output,
            Running::Pending(_) => unreachable!("none is left that is not done"),
        })
        .collect()
}

enum Running<'a, T> {
    Pending(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
    Done(T),
}

impl<T> Running<'_, T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::Pending(future) = self {
            match future.as_mut().poll(context) {
                Poll::Ready(output) => *self = Self::Done(output),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn all_futures_are_started_before_any_is_waited_for() {
        let (said, heard) = mpsc::channel();
        let futures: Vec<Pin<Box<dyn Future<Output = u32> + Send>>> = (0_u32..3)
            .map(|number| {
                let said = said.clone();
                let mut first = true;
                Box::pin(std::future::poll_fn(move |context| {
                    said.send(number).expect("the test listens");
                    context.waker().wake_by_ref();
                    if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(number) }
                })) as Pin<Box<dyn Future<Output = u32> + Send>>
            })
            .collect();
        assert_eq!(block_on(join_all(futures)), [0, 1, 2]);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2]);
    }
}
