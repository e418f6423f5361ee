//! Waking a task of the same worker: a flag and a waker, no atomics.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A flag that one task waits for. Raised while nobody waits, it is seen by the next wait.
#[derive(Debug, Default)]
pub(super) struct Notify {
    raised: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Notify {
    pub(super) fn notify(&self) {
        if !self.raised.replace(true)
            && let Some(waker) = self.waker.borrow_mut().take()
        {
            waker.wake();
        }
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.raised.take() {
            return Poll::Ready(());
        }
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|w| w.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        Poll::Pending
    }

    pub(super) async fn notified(&self) {
        poll_fn(|context| self.poll(context)).await;
    }

    /// Waits for `other` without ever dropping it: `None` when the flag was raised first.
    pub(super) async fn or<F: Future>(&self, mut other: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|context| match other.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.poll(context).map(|()| None),
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    #[test]
    fn a_notification_without_a_waiter_is_kept_and_seen_once() {
        let notify = Notify::default();
        notify.notify();
        let context = Context::from_waker(Waker::noop());
        assert_eq!(notify.poll(&context), Poll::Ready(()));
        assert_eq!(notify.poll(&context), Poll::Pending);
    }

    #[test]
    fn the_other_future_survives_a_notification() {
        let notify = Notify::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut polls = 0;
        let mut other = pin!(poll_fn(|_| {
            polls += 1;
            if polls == 3 { Poll::Ready("done") } else { Poll::Pending }
        }));
        notify.notify();
        assert_eq!(pin!(notify.or(other.as_mut())).poll(&mut context), Poll::Ready(None));
        let mut again = pin!(notify.or(other.as_mut()));
        assert_eq!(again.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(again.as_mut().poll(&mut context), Poll::Ready(Some("done")));
    }
}
