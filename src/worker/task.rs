//! The task of one connection: reads, lets the engine work, writes, and ends it so that nothing is lost.
//!
//! A pending read or write is never dropped, since the bytes it is about to bring would be lost with it. A connection
//! whose peer is stuck is ended by `shutdown(2)`, which completes whatever is pending.

use super::buffers::next_read_bytes;
use super::connection::{Connection, Phase};
use super::shard::Shard;
use super::tls::{Session, looks_like_tls};
use crate::limits::{FAREWELL_WRITE, LINGER_BYTES_MAX, READ_BYTES_MIN};
use monoio::buf::IoBuf;
use monoio::io::{
    AsyncReadRent, AsyncWriteRent, CancelableAsyncReadRent, Canceller, OwnedReadHalf,
    OwnedWriteHalf, Splitable,
};
use monoio::net::TcpStream;
use nix::errno::Errno;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// Runs a connection from its first byte to the close of its socket.
pub(super) async fn run(shard: Rc<Shard>, connection: Rc<Connection>, stream: TcpStream) {
    let (mut reader, writer) = stream.into_split();
    let tls = match &shard.settings.tls {
        None => Ok(None),
        // Boxed: a session takes more room than everything else of an idle connection without TLS.
        Some(config) => Session::new(Arc::clone(config)).map(|session| Some(Box::new(session))),
    };
    match tls {
        Ok(tls) => {
            let mut task = Task {
                shard: &shard,
                connection: &connection,
                writer,
                tls,
                canceller: Canceller::new(),
                read_any: false,
            };
            task.converse(&mut reader).await;
            shard.discharge(&connection);
        }
        Err(error) => {
            connection.fail(&shard, &error);
            shard.discharge(&connection);
        }
    }
    // The socket is closed here, with nothing pending on it and nobody left who knows its descriptor.
}

struct Task<'a> {
    shard: &'a Shard,
    connection: &'a Connection,
    writer: OwnedWriteHalf<TcpStream>,
    tls: Option<Box<Session>>,
    /// Something has been received.
    read_any: bool,
    /// Takes a large buffer back from a read to which nothing comes.
    canceller: Canceller,
}

impl Task<'_> {
    /// Reads until either side is done with the connection.
    async fn converse(&mut self, reader: &mut OwnedReadHalf<TcpStream>) {
        let mut read_bytes = READ_BYTES_MIN;
        let mut lingered_bytes = 0;
        // Arms the first deadline, and ends at once what was drained before it began.
        self.pump().await;
        loop {
            self.wait_until_input_is_wanted().await;
            let (result, buffer) = self.read(reader, read_bytes).await;
            let offered = buffer.capacity();
            let received = match result {
                Ok(0) if self.connection.phase() == Phase::Open => {
                    return self.peer_finished().await;
                }
                Err(error) if error.raw_os_error() == Some(Errno::ECANCELED as i32) => {
                    self.shard.pool.borrow_mut().give(buffer);
                    read_bytes = READ_BYTES_MIN;
                    continue;
                }
                Ok(0) | Err(_) => return self.shard.pool.borrow_mut().give(buffer),
                Ok(received) => received,
            };
            self.shard.stats.received_bytes.add(received as u64);
            if self.connection.phase() == Phase::Lingering {
                lingered_bytes += received;
                if lingered_bytes > LINGER_BYTES_MAX {
                    return;
                }
                continue;
            }
            read_bytes = next_read_bytes(offered, received);
            self.receive(buffer);
            self.pump().await;
        }
    }

    /// Requests that came early wait for the answer before theirs; reading on would pile up more of them.
    async fn wait_until_input_is_wanted(&mut self) {
        while self.connection.phase() == Phase::Open
            && !self.connection.engine.borrow().wants_input()
        {
            self.connection.wake.notified().await;
            self.pump().await;
        }
    }

    /// One read, during which the connection goes on being served: delayed answers, deadlines, the drain. A large buffer
    /// does not wait for long: when nothing comes the read is cancelled, which loses nothing, for a small one to wait in
    /// its place.
    async fn read(
        &mut self,
        reader: &mut OwnedReadHalf<TcpStream>,
        bytes: usize,
    ) -> (io::Result<usize>, Vec<u8>) {
        let buffer = self.read_buffer(bytes);
        if bytes <= READ_BYTES_MIN {
            let mut read = pin!(reader.read(buffer));
            loop {
                match self.connection.wake.or(read.as_mut()).await {
                    Some(done) => return done,
                    None => self.pump().await,
                }
            }
        }
        self.connection.expect_quiet(self.shard);
        let mut read = pin!(reader.cancelable_read(buffer, self.canceller.handle()));
        loop {
            if let Some(done) = self.connection.wake.or(read.as_mut()).await {
                self.connection.forget_quiet();
                return done;
            }
            if self.connection.is_quiet() {
                self.canceller = std::mem::take(&mut self.canceller).cancel();
            }
            self.pump().await;
        }
    }

    /// An empty buffer for the next read: the engine's own when it has nothing unread in it, so that an idle connection
    /// holds a single one.
    fn read_buffer(&self, bytes: usize) -> Vec<u8> {
        let mut pool = self.shard.pool.borrow_mut();
        let mut engine = self.connection.engine.borrow_mut();
        let input = engine.input();
        if !input.is_empty() || input.capacity() == 0 {
            return pool.take_for_read(bytes);
        }
        let spent = std::mem::take(input);
        if spent.capacity() >= bytes && spent.capacity() / 2 < bytes {
            return spent;
        }
        pool.give(spent);
        pool.take_for_read(bytes)
    }

    /// The peer has shut its side: what it asked for is still answered, then the connection is over.
    async fn peer_finished(&mut self) {
        self.connection.engine.borrow_mut().end_of_input(Instant::now());
        self.pump().await;
        while self.connection.phase() == Phase::Open {
            self.connection.wake.notified().await;
            self.pump().await;
        }
    }

    /// Gives received bytes to the engine.
    fn receive(&mut self, buffer: Vec<u8>) {
        let first = !std::mem::replace(&mut self.read_any, true);
        match &mut self.tls {
            None if first && looks_like_tls(&buffer) => {
                self.connection.fail(
                    self.shard,
                    &"TLS on the port for plain text: call http://, or start with a key",
                );
            }
            None => {
                let mut engine = self.connection.engine.borrow_mut();
                let input = engine.input();
                if input.is_empty() {
                    *input = buffer;
                } else {
                    // The engine may need its unread bytes while a read is pending, so they stay with it.
                    input.extend_from_slice(&buffer);
                    self.shard.pool.borrow_mut().give(buffer);
                }
            }
            Some(session) => {
                let plain_text = first && !looks_like_tls(&buffer);
                if let Err(error) = decrypt(self.shard, self.connection, session, &buffer) {
                    let handshake =
                        if session.is_handshaking() { "TLS handshake: " } else { "TLS: " };
                    match plain_text {
                        true => self
                            .connection
                            .fail(self.shard, &"plain text on the port for TLS: call https://"),
                        false => {
                            self.connection.fail(self.shard, &format_args!("{handshake}{error}"));
                        }
                    }
                }
                self.shard.pool.borrow_mut().give(buffer);
            }
        }
    }

    /// Lets the engine work and writes what it says until there is nothing more to say; ends the connection when the
    /// engine has ended it. While this waits for the peer to take its answers, nothing more is read from it.
    async fn pump(&mut self) {
        loop {
            let now = Instant::now();
            let more =
                self.connection.phase() == Phase::Open && self.connection.process(self.shard, now);
            match self.connection.phase() {
                Phase::Lingering => return,
                Phase::Closing => return self.farewell(now).await,
                Phase::Open => {}
            }
            match self.flush(now).await {
                Ok(true) if more => {}
                Ok(_) => return,
                Err(_) => return self.connection.cut(),
            }
        }
    }

    /// Writes what is left, then shuts our side.
    async fn farewell(&mut self, now: Instant) {
        match self.flush(now).await {
            Ok(_) if self.connection.phase() == Phase::Closing => {
                self.connection.linger(self.shard);
            }
            _ => self.connection.cut(),
        }
    }

    /// Writes the engine's output; false when there was none.
    async fn flush(&mut self, now: Instant) -> io::Result<bool> {
        let mut output = std::mem::take(self.connection.engine.borrow_mut().output());
        if let Some(session) = &mut self.tls {
            let closing = self.connection.phase() == Phase::Closing;
            if output.is_empty() && !session.wants_write() && !closing {
                self.shard.pool.borrow_mut().give(output);
                return Ok(false);
            }
            let mut sealed = self.shard.pool.borrow_mut().take();
            session.seal(&output, closing, &mut sealed);
            self.shard.pool.borrow_mut().give(std::mem::replace(&mut output, sealed));
        }
        if output.is_empty() {
            self.shard.pool.borrow_mut().give(output);
            return Ok(false);
        }
        let limit = match self.connection.phase() {
            Phase::Open => self.shard.settings.limits.stall_timeout,
            _ => FAREWELL_WRITE,
        };
        self.connection.begin_io(self.shard, now, limit);
        let result = self.write_all(output, limit).await;
        self.connection.end_io();
        result.map(|()| true)
    }

    async fn write_all(
        &mut self,
        mut output: Vec<u8>,
        limit: std::time::Duration,
    ) -> io::Result<()> {
        let (len, mut written) = (output.len(), 0);
        let result = loop {
            let (result, slice) = self.writer.write(output.slice(written..)).await;
            output = slice.into_inner();
            match result {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if written == len {
                break Ok(());
            }
            if limit != FAREWELL_WRITE {
                // Progress counts: only a peer that takes nothing at all is stuck.
                self.connection.begin_io(self.shard, Instant::now(), limit);
            }
        };
        self.shard.stats.sent_bytes.add(written as u64);
        self.shard.pool.borrow_mut().give(output);
        result
    }
}

/// Decrypts into the engine, which is made anew once ALPN has spoken.
fn decrypt(
    shard: &Shard,
    connection: &Connection,
    session: &mut Session,
    mut bytes: &[u8],
) -> Result<(), rustls::Error> {
    let mut engine = connection.engine.borrow_mut();
    while !bytes.is_empty() {
        let fed = session.feed(&mut bytes)?;
        if fed.established && session.protocol().is_some() {
            *engine = shard.new_engine(session.protocol());
        }
        session.read_into(engine.input());
        if fed.ended {
            engine.end_of_input(Instant::now());
            break;
        }
    }
    Ok(())
}
