//! Faults on the way between host and card: each waits for its command, happens once, and is gone.

use super::{Clock, Transport, TransportError};
use crate::apdu::{CommandApdu, FrameForm};

/// A fault that waits for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameFault {
    /// Command code that it waits for, `AF` for a further frame; the next frame when none.
    pub ins: Option<u8>,
    /// What happens.
    pub change: Change,
}

/// What happens to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The card executes the command; the answer never arrives.
    LoseAnswer,
    /// Bits of the command flip after the host has sent it.
    FlipCommand(Flip),
    /// Bits of the answer flip before the host receives it.
    FlipAnswer(Flip),
    /// The answer arrives late.
    Delay {
        /// Milliseconds.
        ms: u32,
    },
    /// The card executes the command; the host receives this status word without data. A native command is
    /// answered by its low byte.
    Status(u16),
}

/// Bits of one byte that flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// Place of the byte, from 0.
    pub byte: usize,
    /// Counted from the end of the frame, where 0 is its last byte.
    pub from_end: bool,
    /// The bits.
    pub mask: u8,
}

impl Flip {
    /// Flips; false when the frame has no such byte.
    fn apply(self, frame: &mut [u8]) -> bool {
        let place = if self.from_end {
            frame.len().checked_sub(self.byte.saturating_add(1))
        } else {
            Some(self.byte)
        };
        let byte = place.and_then(|place| frame.get_mut(place));
        byte.map(|byte| *byte ^= self.mask).is_some()
    }
}

/// A transport with faults. All that fit a frame happen to it; a flip that finds no such byte goes on waiting.
pub struct Fault<T> {
    inner: T,
    waiting: Vec<FrameFault>,
    clock: Clock,
}

impl<T> Fault<T> {
    /// Puts faults before `inner`; `clock` passes the time of a delay.
    pub const fn new(inner: T, waiting: Vec<FrameFault>, clock: Clock) -> Self {
        Self {
            inner,
            waiting,
            clock,
        }
    }

    /// Takes the faults away; gives those that did not happen.
    pub fn into_inner(self) -> (T, Vec<FrameFault>) {
        (self.inner, self.waiting)
    }

    /// Lets every fault happen that waits for `ins` and that `change` can carry out.
    fn happen(&mut self, ins: u8, mut change: impl FnMut(Change, &Clock) -> bool) {
        let clock = &self.clock;
        self.waiting.retain(|fault| {
            let fits = fault.ins.is_none_or(|awaited| awaited == ins);
            !(fits && change(fault.change, clock))
        });
    }
}

impl<T: Transport> Transport for Fault<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let CommandApdu { ins, form, .. } = CommandApdu::parse(command);
        let mut sent = command.to_vec();
        self.happen(ins, |change, _| match change {
            Change::FlipCommand(flip) => flip.apply(&mut sent),
            _ => false,
        });
        let mut answer = self.inner.transmit(&sent)?;
        let mut lost = false;
        self.happen(ins, |change, clock| {
            match change {
                Change::FlipCommand(_) => return false,
                Change::FlipAnswer(flip) => return flip.apply(&mut answer),
                Change::LoseAnswer => lost = true,
                Change::Delay { ms } => clock.pause(ms),
                Change::Status(word) => {
                    let [high, low] = word.to_be_bytes();
                    answer = match form {
                        FrameForm::Native => vec![low],
                        _ => vec![high, low],
                    };
                }
            }
            true
        });
        if lost {
            return Err(TransportError::Lost);
        }
        Ok(answer)
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.inner.reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.inner.atr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each command with itself and `9100`; keeps what arrived.
    #[derive(Default)]
    struct Echo(Vec<Vec<u8>>);

    impl Transport for Echo {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
            self.0.push(command.to_vec());
            Ok([command, &[0x91, 0x00]].concat())
        }

        fn reset(&mut self) -> Result<(), TransportError> {
            Ok(())
        }

        fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
            Ok(vec![0x3B, 0x00])
        }
    }

    const COMMAND: [u8; 5] = [0x90, 0x6C, 0x00, 0x00, 0x00];

    fn through(ins: Option<u8>, change: Change) -> Fault<Echo> {
        let fault = FrameFault { ins, change };
        Fault::new(Echo::default(), vec![fault], Clock::steps(1))
    }

    fn flip(byte: usize, from_end: bool) -> Flip {
        let mask = 0x81;
        Flip {
            byte,
            from_end,
            mask,
        }
    }

    #[test]
    fn a_fault_waits_for_its_command_and_happens_once() {
        let mut fault = through(Some(0x6C), Change::LoseAnswer);
        assert!(fault.transmit(&[0x90, 0x60, 0, 0, 0]).is_ok());
        assert_eq!(fault.transmit(&COMMAND), Err(TransportError::Lost));
        assert!(fault.transmit(&COMMAND).is_ok());
        let (echo, left) = fault.into_inner();
        assert_eq!(echo.0.len(), 3, "the card executed all");
        assert_eq!(left, []);
    }

    #[test]
    fn bits_flip_where_they_should() {
        let mut fault = through(None, Change::FlipCommand(flip(2, false)));
        let answer = fault.transmit(&COMMAND).unwrap();
        assert_eq!(answer, [0x90, 0x6C, 0x81, 0x00, 0x00, 0x91, 0x00]);
        let mut fault = through(None, Change::FlipAnswer(flip(0, true)));
        let answer = fault.transmit(&COMMAND).unwrap();
        assert_eq!(answer, [0x90, 0x6C, 0x00, 0x00, 0x00, 0x91, 0x81]);
        assert_eq!(fault.into_inner().0.0, [COMMAND]);
    }

    #[test]
    fn a_flip_waits_for_a_frame_that_is_long_enough() {
        for from_end in [false, true] {
            let mut fault = through(None, Change::FlipAnswer(flip(8, from_end)));
            assert_eq!(fault.transmit(&COMMAND).unwrap().len(), 7);
            let long = [&COMMAND[..], &[0; 4]].concat();
            let answer = fault.transmit(&long).unwrap();
            assert_ne!(answer, [&long[..], &[0x91, 0x00]].concat());
            assert_eq!(fault.into_inner().1, []);
        }
    }

    #[test]
    fn a_forced_status_has_the_form_of_the_command() {
        let mut fault = through(None, Change::Status(0x91AE));
        assert_eq!(fault.transmit(&COMMAND).unwrap(), [0x91, 0xAE]);
        let mut fault = through(None, Change::Status(0x91AE));
        assert_eq!(fault.transmit(&[0x6C, 0x03]).unwrap(), [0xAE]);
    }

    #[test]
    fn a_delay_passes_time_and_nothing_else() {
        let clock = Clock::steps(1);
        let change = Change::Delay { ms: 250 };
        let waiting = vec![FrameFault { ins: None, change }];
        let mut fault = Fault::new(Echo::default(), waiting, clock.clone());
        assert_eq!(fault.transmit(&COMMAND).unwrap().len(), 7);
        assert_eq!(clock.now_us(), 250_000);
    }
}
