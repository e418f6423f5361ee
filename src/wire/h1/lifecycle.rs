//! How far a connection is on its way to its end; the same in both roles.

use crate::error::ConnectionError;

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// Exchanges may begin.
    Open,
    /// What is in progress is finished, nothing begins.
    Draining,
    /// It is over; the owner has not been told.
    Closing(ConnectionError),
    /// It is over, and the owner knows.
    Closed,
    /// It has left HTTP/1; the bytes belong to somebody else.
    Left,
}

impl Lifecycle {
    /// Messages are still read and written.
    pub(super) fn is_live(self) -> bool {
        matches!(self, Lifecycle::Open | Lifecycle::Draining)
    }

    /// Ends a connection that is live; the first reason stands.
    pub(super) fn close(&mut self, error: ConnectionError) {
        if self.is_live() {
            *self = Lifecycle::Closing(error);
        }
    }

    /// Begins the graceful end.
    pub(super) fn drain(&mut self) {
        if *self == Lifecycle::Open {
            *self = Lifecycle::Draining;
        }
    }

    /// The reason, once, for the event that tells the owner.
    pub(super) fn take_closing(&mut self) -> Option<ConnectionError> {
        match *self {
            Lifecycle::Closing(error) => {
                *self = Lifecycle::Closed;
                Some(error)
            }
            _ => None,
        }
    }
}
