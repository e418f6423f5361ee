//! The listening socket and the thread that accepts.

use super::placement::Placement;
use super::shard::Handover;
use super::{AcceptPlan, spawn};
use crate::error::StartError;
use crate::limits::{ACCEPT_BACKOFF, LISTEN_BACKLOG};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind, PipeReader, PipeWriter};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread::JoinHandle;
use std::time::Duration;

/// Binds and listens. An IPv6 address takes IPv4 connections too when it is the unspecified one.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    bind(address).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::AddrInUse => {
                "stop the program that uses the port, or give another --server-port"
            }
            ErrorKind::PermissionDenied => "give a --server-port above 1023",
            ErrorKind::AddrNotAvailable => "give a --bind-address that this machine has",
            _ => "give another --server-port or --bind-address",
        };
        StartError::new(format!("traffic address {address}"), error, remedy)
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// The running acceptor.
pub(super) struct Acceptor {
    stop: PipeWriter,
    thread: JoinHandle<()>,
}

impl Acceptor {
    pub(super) fn start(listener: TcpListener, plan: AcceptPlan) -> Result<Acceptor, StartError> {
        let (stopped, stop) =
            io::pipe().map_err(|e| StartError::new("pipe", e, "raise the limit of open files"))?;
        let placement = Placement::new(plan.loads.clone());
        let accepting = Accepting { listener, stopped, plan, placement };
        let thread = spawn("acceptor", move || accepting.run())?;
        Ok(Acceptor { stop, thread })
    }

    /// Closes the listening socket and the queues of the workers.
    pub(super) fn stop(self) {
        // The thread sees the pipe hang up.
        drop(self.stop);
        let _ = self.thread.join();
    }
}

struct Accepting {
    listener: TcpListener,
    stopped: PipeReader,
    plan: AcceptPlan,
    placement: Placement,
}

impl Accepting {
    fn run(mut self) {
        loop {
            let mut events = [
                PollFd::new(self.stopped.as_fd(), PollFlags::empty()),
                PollFd::new(self.listener.as_fd(), PollFlags::POLLIN),
            ];
            if let Err(error) = poll(&mut events, PollTimeout::NONE)
                && error != nix::Error::EINTR
            {
                tracing::error!("acceptor: {error}");
                std::thread::sleep(ACCEPT_BACKOFF);
            }
            if has_happened(&events[0]) {
                return;
            }
            if has_happened(&events[1]) && !self.accept_all() && self.stopped_within(ACCEPT_BACKOFF)
            {
                return;
            }
        }
    }

    /// Accepts until nobody waits; false when the system has no room for another connection just now.
    fn accept_all(&mut self) -> bool {
        loop {
            match self.listener.accept() {
                Ok((socket, peer)) => self.place(socket, peer),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return true,
                    // The peer was faster, or a signal came.
                    ErrorKind::ConnectionAborted
                    | ErrorKind::ConnectionReset
                    | ErrorKind::Interrupted => {}
                    _ => {
                        if self.plan.stats.exhausted.get() == 0 {
                            tracing::warn!("cannot accept connections: {error}");
                        }
                        self.plan.stats.exhausted.add(1);
                        return false;
                    }
                },
            }
        }
    }

    fn place(&mut self, socket: TcpStream, peer: SocketAddr) {
        if self.placement.total() >= self.plan.connections_max {
            if self.plan.stats.refused.get() == 0 {
                tracing::warn!(
                    "more than {} connections: further ones are closed at once",
                    self.plan.connections_max
                );
            }
            return self.plan.stats.refused.add(1);
        }
        // io_uring waits by itself only on a blocking socket; epoll needs the opposite.
        if socket.set_nodelay(true).is_err()
            || socket.set_nonblocking(self.plan.nonblocking).is_err()
        {
            return;
        }
        let worker = self.placement.choose();
        if self.plan.queues[worker].send_blocking(Handover { socket, peer }).is_err() {
            self.placement.undo(worker);
        }
    }

    /// Waits; true when the acceptor is to stop.
    fn stopped_within(&self, pause: Duration) -> bool {
        let mut events = [PollFd::new(self.stopped.as_fd(), PollFlags::empty())];
        let pause = PollTimeout::try_from(pause).unwrap_or(PollTimeout::MAX);
        poll(&mut events, pause).is_ok() && has_happened(&events[0])
    }
}

/// Includes POLLHUP and POLLERR, which are always reported.
fn has_happened(event: &PollFd<'_>) -> bool {
    event.revents().is_none_or(|happened| !happened.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_port_in_use_is_said_with_its_remedy() {
        let first = listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let error = listen(first.local_addr().unwrap()).unwrap_err();
        assert!(error.what.starts_with("traffic address 127.0.0.1:"), "{error}");
        assert!(error.remedy.contains("--server-port"), "{error}");
    }
}
