//! A WebSocket client that costs the driver next to nothing: a non-blocking socket, a buffer each
//! way, frames read in place. Loopback only; the masking key is zero, which the server must
//! still undo. The driver polls it and never sleeps while it measures.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Bytes read at once.
const READ: usize = 64 * 1024;

/// How long a server may take to answer the upgrade.
const UPGRADE: Duration = Duration::from_secs(10);

/// One open socket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// What of `inbox` was read already.
    taken: usize,
    outbox: Vec<u8>,
    /// The server closed with this code.
    pub closed: Option<u16>,
}

impl Socket {
    /// Opens `path` with these header lines (each ended by `\r\n`).
    ///
    /// # Errors
    /// When the server does not upgrade in time.
    pub fn open(to: SocketAddr, path: &str, headers: &str) -> std::io::Result<Self> {
        let mut stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(UPGRADE))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        )?;
        let mut inbox = Vec::new();
        let mut piece = [0; 4096];
        let head = loop {
            let count = stream.read(&mut piece)?;
            inbox.extend_from_slice(&piece[..count]);
            if let Some(at) = inbox.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        if !inbox.starts_with(b"HTTP/1.1 101") {
            let said = String::from_utf8_lossy(&inbox[..head]).into_owned();
            return Err(std::io::Error::other(said));
        }
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            inbox,
            taken: head,
            outbox: Vec::new(),
            closed: None,
        })
    }

    /// Queues one binary message; `flush` sends it.
    pub fn push(&mut self, message: &[u8]) {
        self.outbox.push(0x82);
        match message.len() {
            length @ 0..126 => self.outbox.push(0x80 | length as u8),
            length @ 126..0x1_0000 => {
                self.outbox.push(0xfe);
                self.outbox.extend((length as u16).to_be_bytes());
            }
            length => {
                self.outbox.push(0xff);
                self.outbox.extend((length as u64).to_be_bytes());
            }
        }
        self.outbox.extend([0; 4]);
        self.outbox.extend_from_slice(message);
    }

    /// Writes what is queued, as far as the socket takes it.
    pub fn flush(&mut self) {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(count) => {
                    self.outbox.drain(..count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.closed.get_or_insert(1006);
                    return;
                }
            }
        }
    }

    /// Whether everything queued was taken by the system.
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Reads what has come and hands over each message; says whether there was any.
    pub fn poll(&mut self, mut message: impl FnMut(&[u8])) -> bool {
        let before = self.inbox.len();
        self.inbox.resize(before + READ, 0);
        let count = match self.stream.read(&mut self.inbox[before..]) {
            Ok(0) => {
                self.closed.get_or_insert(1006);
                0
            }
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => {
                self.closed.get_or_insert(1006);
                0
            }
        };
        self.inbox.truncate(before + count);
        let mut some = false;
        while let Some((opcode, from, to)) = self.next_frame() {
            match opcode {
                2 => {
                    some = true;
                    message(&self.inbox[from..to]);
                }
                8 => {
                    let code = self.inbox[from..to]
                        .first_chunk()
                        .map(|code| u16::from_be_bytes(*code));
                    self.closed = Some(code.unwrap_or(1005));
                }
                _ => {}
            }
            self.taken = to;
        }
        if self.taken > READ || self.taken == self.inbox.len() {
            self.inbox.drain(..self.taken);
            self.taken = 0;
        }
        some
    }

    /// The next whole frame: its opcode and where its payload is. Servers do not mask.
    fn next_frame(&self) -> Option<(u8, usize, usize)> {
        let rest = &self.inbox[self.taken..];
        let (opcode, short) = (rest.first()? & 0x0f, rest.get(1)? & 0x7f);
        let (head, length) = match short {
            126 => (
                4,
                u64::from(u16::from_be_bytes(rest.get(2..4)?.try_into().ok()?)),
            ),
            127 => (10, u64::from_be_bytes(rest.get(2..10)?.try_into().ok()?)),
            short => (2, u64::from(short)),
        };
        let from = self.taken + head;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        (to <= self.inbox.len()).then_some((opcode, from, to))
    }

    /// Polls until `done` says so, handing over each message. `false` when it took too long.
    pub fn poll_until(
        &mut self,
        patience: Duration,
        mut message: impl FnMut(&[u8]) -> bool,
    ) -> bool {
        let deadline = Instant::now() + patience;
        let mut done = false;
        while !done && self.closed.is_none() && Instant::now() < deadline {
            self.flush();
            self.poll(|bytes| done |= message(bytes));
        }
        done
    }
}
