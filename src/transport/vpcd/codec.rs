//! Messages as bytes, without a socket.
//!
//! ```text
//! <length(2), most significant byte first> <payload>
//! payload from the reader: 00 power off, 01 power on, 02 reset, 04 send the ATR; all else is a command
//! payload from the card: the ATR, or the answer to a command; the other controls have no answer
//! ```

use super::super::error::PeerError;

/// What the reader asks for without meaning the card's commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Field off.
    PowerOff,
    /// Field on.
    PowerOn,
    /// Field off and on.
    Reset,
    /// Send the answer to reset; also how the reader looks whether the card is there.
    GetAtr,
}

impl Control {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PowerOff, Self::PowerOn, Self::Reset, Self::GetAtr];

    /// The byte on the wire.
    pub const fn byte(self) -> u8 {
        match self {
            Self::PowerOff => 0x00,
            Self::PowerOn => 0x01,
            Self::Reset => 0x02,
            Self::GetAtr => 0x04,
        }
    }
}

/// One message of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// For the virtual reader.
    Control(Control),
    /// For the card; of one byte too when it is no control: `60` and `AF` are native commands.
    Command(&'a [u8]),
}

/// Reads a payload; `None` when it is empty, which means nothing.
pub fn parse(payload: &[u8]) -> Option<Message<'_>> {
    match payload {
        [] => None,
        [byte] => {
            let control = Control::ALL
                .into_iter()
                .find(|control| control.byte() == *byte);
            Some(control.map_or(Message::Command(payload), Message::Control))
        }
        command => Some(Message::Command(command)),
    }
}

/// Puts the length before a payload, so that both leave in one write.
pub fn emit(payload: &[u8]) -> Result<Vec<u8>, PeerError> {
    let got = payload.len();
    let length = u16::try_from(got).map_err(|_| PeerError::TooLong { got })?;
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(payload);
    Ok(message)
}

/// The first message of what has come so far, and what follows it; otherwise how many bytes the message has, as far
/// as that is known: 2 until the length has come.
pub fn split(received: &[u8]) -> Result<(&[u8], &[u8]), usize> {
    let Some((length, rest)) = received.split_first_chunk::<2>() else {
        return Err(2);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(length).ok_or(2 + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_four_single_bytes_are_controls() {
        for byte in 0..=0xFF {
            let expected = match byte {
                0x00 => Message::Control(Control::PowerOff),
                0x01 => Message::Control(Control::PowerOn),
                0x02 => Message::Control(Control::Reset),
                0x04 => Message::Control(Control::GetAtr),
                _ => Message::Command(&[byte]),
            };
            assert_eq!(parse(&[byte]), Some(expected));
            assert_eq!(parse(&[byte, 0]), Some(Message::Command(&[byte, 0])));
        }
        assert_eq!(parse(&[]), None);
    }

    #[test]
    fn a_message_is_whole_or_says_how_long_it_will_be() {
        assert_eq!(split(&[]), Err(2));
        assert_eq!(split(&[0]), Err(2));
        assert_eq!(split(&[0, 3, 0x60]), Err(5));
        assert_eq!(split(&[0xFF, 0xFF, 1]), Err(65537));
        assert_eq!(split(&[0, 0]), Ok((&[][..], &[][..])));
        assert_eq!(split(&[0, 1, 4, 0, 1]), Ok((&[4][..], &[0, 1][..])));
    }

    #[test]
    fn the_longest_message_has_65535_bytes() {
        assert_eq!(emit(&vec![7; 65535]).unwrap().len(), 65537);
        assert_eq!(
            emit(&vec![7; 65536]),
            Err(PeerError::TooLong { got: 65536 })
        );
    }

    proptest! {
        #[test]
        fn what_is_emitted_comes_out_again_however_it_is_cut(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|one| emit(one).unwrap()).collect();
            let (now, later) = stream.split_at(cut.index(stream.len() + 1));
            let (mut received, mut found) = (Vec::new(), Vec::new());
            for part in [now, later] {
                received.extend_from_slice(part);
                while let Ok((payload, rest)) = split(&received) {
                    found.push(payload.to_vec());
                    received = rest.to_vec();
                }
            }
            prop_assert_eq!(found, payloads);
            prop_assert!(received.is_empty());
        }

        #[test]
        fn garbage_is_cut_or_awaited_and_never_lost(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            match split(&bytes) {
                Ok((payload, rest)) => prop_assert_eq!(2 + payload.len() + rest.len(), bytes.len()),
                Err(need) => prop_assert!(need > bytes.len()),
            }
        }
    }
}
