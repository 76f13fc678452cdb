//! What has come of the next message, and when to give up on the rest; no socket in it.

use super::super::error::PeerError;
use super::codec;
use super::link::Patience;

/// Bytes that were received and not yet taken as a message.
#[derive(Debug)]
pub(super) struct Inbox {
    received: Vec<u8>,
    patience: Patience,
    /// Polls without a byte since the last one.
    quiet: u32,
    /// Parts in which the message has come so far.
    parts: u32,
}

impl Inbox {
    pub(super) const fn new(patience: Patience) -> Self {
        Self {
            received: Vec::new(),
            patience,
            quiet: 0,
            parts: 0,
        }
    }

    /// The next message, when it is whole.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let (payload, rest) = codec::split(&self.received).ok()?;
        let (payload, rest) = (payload.to_vec(), rest.to_vec());
        self.received = rest;
        self.parts = 0;
        Some(payload)
    }

    /// One part came.
    pub(super) fn put(&mut self, part: &[u8]) -> Result<(), PeerError> {
        self.received.extend_from_slice(part);
        self.quiet = 0;
        self.parts += 1;
        let parts = self.parts;
        match self.missing() {
            Some((got, expected)) if parts >= MOST_PARTS => Err(PeerError::Drip {
                got,
                expected,
                parts,
            }),
            _ => Ok(()),
        }
    }

    /// Nothing came for one poll.
    pub(super) fn wait(&mut self) -> Result<(), PeerError> {
        self.quiet = self.quiet.saturating_add(1);
        match self.missing() {
            Some((got, expected)) if self.quiet >= self.patience.half => Err(PeerError::Half {
                got,
                expected,
                seconds: self.patience.seconds(self.patience.half),
            }),
            _ => Ok(()),
        }
    }

    /// The connection is at its end.
    pub(super) fn end(&self) -> PeerError {
        match self.missing() {
            Some((got, expected)) => PeerError::ClosedInside { got, expected },
            None => PeerError::Closed,
        }
    }

    /// Bytes of a message that has begun, and bytes that it will have.
    fn missing(&self) -> Option<(usize, usize)> {
        let expected = codec::split(&self.received).err()?;
        let got = self.received.len();
        (got > 0).then_some((got, expected))
    }
}

/// Parts that a message may come in: four times what the smallest packets need for the longest.
const MOST_PARTS: u32 = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn inbox() -> Inbox {
        Inbox::new(Patience {
            poll: Duration::from_millis(500),
            half: 3,
            silence: 9,
        })
    }

    #[test]
    fn silence_counts_only_inside_a_message() {
        let mut inbox = inbox();
        for _ in 0..100 {
            assert_eq!(inbox.wait(), Ok(()));
        }
        inbox.put(&[0, 2]).unwrap();
        assert_eq!((inbox.wait(), inbox.wait()), (Ok(()), Ok(())));
        inbox.put(&[7]).unwrap();
        assert_eq!((inbox.wait(), inbox.wait()), (Ok(()), Ok(())));
        let (got, expected, seconds) = (3, 4, 1);
        let half = PeerError::Half {
            got,
            expected,
            seconds,
        };
        assert_eq!(inbox.wait(), Err(half));
        assert_eq!(inbox.end(), PeerError::ClosedInside { got, expected });
    }

    #[test]
    fn a_message_byte_by_byte_is_given_up_and_many_short_ones_are_not() {
        let mut dripping = inbox();
        let ended = (0..).find_map(|_| dripping.put(&[0xFF]).err()).unwrap();
        let (got, expected, parts) = (512, 65537, 512);
        assert_eq!(
            ended,
            PeerError::Drip {
                got,
                expected,
                parts
            }
        );
        let mut busy = inbox();
        for _ in 0..2000 {
            busy.put(&[0, 1]).unwrap();
            busy.put(&[0x60]).unwrap();
            assert_eq!(busy.take(), Some(vec![0x60]));
            assert_eq!(busy.take(), None);
        }
        assert_eq!(busy.end(), PeerError::Closed);
    }

    #[test]
    fn two_messages_in_one_part_come_out_one_by_one() {
        let mut inbox = inbox();
        inbox.put(&[0, 1, 4, 0, 2, 0x60, 0x00]).unwrap();
        assert_eq!(inbox.take(), Some(vec![4]));
        assert_eq!(inbox.take(), Some(vec![0x60, 0x00]));
        assert_eq!(inbox.take(), None);
    }
}
