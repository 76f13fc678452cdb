//! One TCP connection that carries messages, with limits to every wait.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::super::error::PeerError;
use super::codec;
use super::inbox::Inbox;

/// How long is waited for what. Time is counted in polls: the clock belongs to the recorder.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One wait, after which it is looked whether to go on.
    pub poll: Duration,
    /// Polls without a byte inside a message.
    pub half: u32,
    /// Polls without any message where one is expected.
    pub silence: u32,
}

impl Default for Patience {
    /// A quarter of a second, 5 s, 10 s.
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(250),
            half: 20,
            silence: 40,
        }
    }
}

impl Patience {
    /// So many polls in whole seconds, at least one.
    pub(super) fn seconds(&self, polls: u32) -> u64 {
        self.poll.saturating_mul(polls).as_secs().max(1)
    }
}

/// Host and port, as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl FromStr for Address {
    type Err = PeerError;

    fn from_str(text: &str) -> Result<Self, PeerError> {
        let parts = text.rsplit_once(':');
        let fits = parts.is_some_and(|(host, port)| {
            let bracketed = host.starts_with('[') && host.ends_with(']');
            !host.is_empty() && (bracketed || !host.contains(':')) && port.parse::<u16>().is_ok()
        });
        let got = text.to_owned();
        if fits {
            Ok(Self(got))
        } else {
            Err(PeerError::Address { got })
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Address {
    /// Whether it is written as an address that other machines reach. What a name stands for shows when it is used.
    pub fn reaches_out(&self) -> bool {
        let socket: Option<SocketAddr> = self.0.parse().ok();
        socket.is_some_and(|socket| !Self::is_loopback(&[socket]))
    }

    /// Refuses port 0, which lets the system choose one: nobody would be told which.
    pub fn with_port(self) -> Result<Self, PeerError> {
        match self.0.rsplit_once(':').map(|(_, port)| port.parse()) {
            Some(Ok(0_u16)) => Err(PeerError::NoPort { got: self.0 }),
            _ => Ok(self),
        }
    }

    /// The socket addresses that the name stands for, at least one.
    pub(super) fn resolve(&self) -> Result<Vec<SocketAddr>, PeerError> {
        let unreachable = |kind| PeerError::Unreachable {
            address: self.0.clone(),
            kind,
        };
        let found: Vec<SocketAddr> = self
            .0
            .to_socket_addrs()
            .map_err(|error| unreachable(error.kind()))?
            .collect();
        if found.is_empty() {
            return Err(unreachable(ErrorKind::NotFound));
        }
        Ok(found)
    }

    /// Whether only this machine can reach every one of these.
    pub(super) fn is_loopback(found: &[SocketAddr]) -> bool {
        found.iter().map(SocketAddr::ip).all(|ip| match ip {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_loopback(),
        })
    }
}

/// A connection with what has come of the next message.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    inbox: Inbox,
    patience: Patience,
}

impl Link {
    /// Connects to the first address that takes the connection.
    pub(super) fn connect(address: &Address, patience: Patience) -> Result<Self, PeerError> {
        let mut last = ErrorKind::NotFound;
        for socket in address.resolve()? {
            match TcpStream::connect_timeout(&socket, CONNECT) {
                Ok(stream) => return Self::new(stream, patience),
                Err(error) => last = error.kind(),
            }
        }
        let address = address.to_string();
        Err(match last {
            ErrorKind::ConnectionRefused => PeerError::NobodyListens { address },
            kind => PeerError::Unreachable { address, kind },
        })
    }

    /// Takes over a connection.
    pub(super) fn new(stream: TcpStream, patience: Patience) -> Result<Self, PeerError> {
        let prepare = || {
            stream.set_nonblocking(false)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(patience.poll))?;
            stream.set_write_timeout(Some(WRITE))?;
            // A machine that lost its power never says goodbye.
            SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(IDLE))
        };
        prepare().map_err(|error| PeerError::Broken(error.kind()))?;
        Ok(Self {
            stream,
            inbox: Inbox::new(patience),
            patience,
        })
    }

    /// Waits one poll for a message; `None` when none has come yet.
    pub(super) fn receive(&mut self) -> Result<Option<Vec<u8>>, PeerError> {
        loop {
            if let Some(payload) = self.inbox.take() {
                return Ok(Some(payload));
            }
            let mut part = [0; 4096];
            match self.read(&mut part) {
                Ok(0) | Err(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => {
                    return Err(self.inbox.end());
                }
                Ok(count) => self.inbox.put(part.get(..count).unwrap_or_default())?,
                Err(ErrorKind::Interrupted) => {}
                Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.inbox.wait()?;
                    return Ok(None);
                }
                Err(kind) => return Err(PeerError::Broken(kind)),
            }
        }
    }

    /// Waits for a message that must come.
    pub(super) fn answer(&mut self) -> Result<Vec<u8>, PeerError> {
        for _ in 0..self.patience.silence {
            if let Some(payload) = self.receive()? {
                return Ok(payload);
            }
        }
        Err(PeerError::Silent {
            seconds: self.patience.seconds(self.patience.silence),
        })
    }

    /// Sends a message in one write.
    pub(super) fn send(&mut self, payload: &[u8]) -> Result<(), PeerError> {
        let message = codec::emit(payload)?;
        self.stream
            .write_all(&message)
            .map_err(|error| match error.kind() {
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => PeerError::Closed,
                kind => PeerError::Broken(kind),
            })
    }

    /// Debian's vpcd writes length and payload one after the other and waits for the acknowledgement between them.
    /// Linux forgets the option at each read: without it before every one, an APDU takes 44 ms.
    fn read(&mut self, part: &mut [u8]) -> Result<usize, ErrorKind> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        SockRef::from(&self.stream)
            .set_tcp_quickack(true)
            .map_err(|error| error.kind())?;
        self.stream.read(part).map_err(|error| error.kind())
    }
}

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for the other end to take bytes.
const WRITE: Duration = Duration::from_secs(5);
/// Silence after which the system asks whether the other machine is still there.
const IDLE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for good in ["127.0.0.1:35963", "localhost:1", "[::1]:35963"] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "35963",
            ":35963",
            "host:",
            "host:65536",
            "::1:35963",
            "host:x",
        ] {
            let got = bad.to_owned();
            assert_eq!(bad.parse::<Address>(), Err(PeerError::Address { got }));
        }
    }

    #[test]
    fn port_0_is_none_that_others_find() {
        let with_port = |text: &str| text.parse::<Address>().unwrap().with_port();
        for text in ["127.0.0.1:0", "localhost:00"] {
            let got = text.to_owned();
            assert_eq!(with_port(text), Err(PeerError::NoPort { got }));
        }
        assert!(with_port("[::1]:10").is_ok());
    }

    #[test]
    fn only_loopback_stays_on_this_machine() {
        for (text, expected) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("0.0.0.0:1", false),
            ("192.0.2.7:1", false),
        ] {
            let found = text.parse::<Address>().unwrap().resolve().unwrap();
            assert_eq!(Address::is_loopback(&found), expected, "{text}");
            assert_eq!(text.parse::<Address>().unwrap().reaches_out(), !expected);
        }
    }
}
