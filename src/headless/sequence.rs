//! The sequences of the example application on any transport.

use crate::crypto::entropy::{Entropy, SeededEntropy};
use crate::dialogue::{Host, Runner, Script};
use crate::keyring::Keyring;
use crate::ota::application::{Form, TERMINAL, UPPER_LIMIT};
use crate::ota::{Booked, Ending, Personalise, Spend, TopUp, Unfinished};
use crate::session::demo;
use crate::trace::Lane;
use crate::transport::{Clock, DriveError, OsEntropy, Transport, drive};

use super::args::{FormName, Sequence};

/// The end that draws random numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// The program that sends commands.
    Host,
    /// The card.
    Card,
}

/// One stream of random numbers for each end.
pub(super) fn entropy(seed: Option<u64>, end: End) -> Box<dyn Entropy + Send> {
    let stream = match end {
        End::Host => 0,
        End::Card => 1,
    };
    match seed {
        Some(seed) => Box::new(SeededEntropy::new(
            seed.wrapping_mul(2).wrapping_add(stream),
        )),
        None => Box::new(OsEntropy),
    }
}

/// Times of a run that repeats itself are steps.
pub(super) fn clock(seed: Option<u64>) -> Clock {
    seed.map_or_else(Clock::system, |_| Clock::steps(1000))
}

/// Who talks in a sequence.
pub(super) const fn lane(sequence: Sequence) -> Lane {
    match sequence {
        Sequence::Spend => Lane::Terminal,
        Sequence::Personalise | Sequence::Topup => Lane::Server,
    }
}

/// The form of this name, and the demo image of a card that has it.
pub(super) const fn form(name: FormName) -> (Form, &'static str) {
    match name {
        FormName::Example => (Form::Example, demo::PERSONALISED),
        FormName::TwoSets => (Form::TwoSets, demo::TWO_SETS),
        FormName::ReaderId => (Form::ReaderId, demo::READER_ID),
    }
}

/// What a sequence needs beside the card.
pub(super) struct Run {
    pub(super) sequence: Sequence,
    pub(super) form: Form,
    pub(super) amount: i32,
    pub(super) keyring: Keyring,
    pub(super) seed: Option<u64>,
    pub(super) time_ms: u64,
    /// Send an amount above the limit, too.
    pub(super) unchecked: bool,
}

impl Run {
    /// Runs it to its end; a personalisation books nothing.
    pub(super) fn on(&self, transport: &mut impl Transport) -> Ending<Option<Booked>> {
        let (keyring, entropy) = (self.keyring.clone(), entropy(self.seed, End::Host));
        match self.sequence {
            Sequence::Personalise => {
                let script = Personalise::new(keyring, entropy).of(self.form);
                let ending = |script: Personalise| Some(script.ending().unwrap_or(Ok(())));
                follow(script, transport, ending).map(|()| None)
            }
            Sequence::Topup => {
                let limit = (!self.unchecked).then_some(UPPER_LIMIT);
                let script = TopUp::new(keyring, entropy, self.amount, self.time_ms, limit);
                follow(script.of(self.form), transport, TopUp::ending).map(Some)
            }
            Sequence::Spend => {
                let script = Spend::new(keyring, entropy, self.amount, self.time_ms, TERMINAL);
                follow(script.of(self.form), transport, Spend::ending).map(Some)
            }
        }
    }
}

/// Runs a script. When it breaks off, an unknown commit is more important than the reason.
fn follow<S: Script, T>(
    script: S,
    transport: &mut impl Transport,
    ending: impl FnOnce(S) -> Option<Ending<T>>,
) -> Ending<T> {
    let mut runner = Runner::new(Host::default(), script);
    let driven = drive(&mut runner, transport);
    let ended = ending(runner.into_parts().1);
    match (driven, ended) {
        (Ok(()), Some(ended)) => ended,
        (Ok(()), None) => Err(broken("the sequence has no end")),
        (Err(_), Some(Err(unknown @ Unfinished::CommitUnknown { .. }))) => Err(unknown),
        (Err(DriveError::Transport(error)), _) => Err(Unfinished::Unreachable {
            cause: error.to_string(),
        }),
        (Err(DriveError::Host(error)), _) => Err(broken(&error.to_string())),
    }
}

fn broken(text: &str) -> Unfinished {
    Unfinished::Answer {
        command: "the last command",
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apdu::CommandApdu;
    use crate::card::product::Product;
    use crate::headless::keys;
    use crate::headless::start::StartImage;
    use crate::trace::EventKind;
    use crate::transport::{
        Change, EmbeddedCard, Fault, Flip, FrameFault, ReaderError, Record, TransportError,
    };
    use crate::virtual_card::Card;

    /// A card that is pulled out at this command; nothing answers afterwards.
    struct Pulled {
        card: EmbeddedCard,
        ins: u8,
        gone: bool,
    }

    impl Transport for Pulled {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
            assert!(!self.gone, "nothing is sent to a card that is gone");
            self.gone = CommandApdu::parse(command).ins == self.ins;
            if self.gone {
                let reader = "Desk".into();
                return Err(ReaderError::CardRemoved { reader }.into());
            }
            self.card.transmit(command)
        }

        fn reset(&mut self) -> Result<(), TransportError> {
            self.card.reset()
        }

        fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
            self.card.atr()
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_leaves_the_commit_unknown_and_nothing_else() {
        let start = StartImage::demo(demo::PERSONALISED, Product::DesfireEv3).unwrap();
        let run = Run {
            sequence: Sequence::Topup,
            form: Form::default(),
            amount: 700,
            keyring: keys::demo().unwrap(),
            seed: Some(5),
            time_ms: 1,
            unchecked: false,
        };
        for (ins, expected) in [
            (0x6C, "the last command"),
            (0xC7, "the commit is unknown. Read the TMC to decide"),
        ] {
            let card = Card::new(&start.image, entropy(run.seed, End::Card)).unwrap();
            let flip = Flip {
                byte: 0,
                from_end: false,
                mask: 0x81,
            };
            let fault = FrameFault {
                ins: Some(ins),
                change: Change::FlipAnswer(flip),
            };
            let card = EmbeddedCard::new(card);
            let mut transport = Fault::new(card, vec![fault], clock(run.seed));
            let ending = run.on(&mut transport).unwrap_err().to_string();
            assert!(ending.contains(expected), "{ins:02X}: {ending}");
            assert_eq!(transport.into_inner().1, [], "the fault happened");
        }
    }

    #[test]
    fn a_card_pulled_out_before_the_commit_changed_nothing_and_at_the_commit_nobody_knows() {
        let start = StartImage::demo(demo::PERSONALISED, Product::DesfireEv3).unwrap();
        let run = Run {
            sequence: Sequence::Topup,
            form: Form::default(),
            amount: 700,
            keyring: keys::demo().unwrap(),
            seed: Some(5),
            time_ms: 1,
            unchecked: false,
        };
        for (ins, expected) in [
            (
                0x6C,
                "the card was taken out of the reader Desk; the transaction was not committed",
            ),
            (
                0xC7,
                "answer lost: the commit is unknown. Read the TMC to decide",
            ),
        ] {
            let card = Card::new(&start.image, entropy(run.seed, End::Card)).unwrap();
            let card = EmbeddedCard::new(card);
            let gone = false;
            let mut transport =
                Record::new(Pulled { card, ins, gone }, clock(run.seed), Lane::Card);
            let ending = run.on(&mut transport);
            assert_eq!(ending.unwrap_err().to_string(), expected);
            let last: Vec<EventKind> = transport
                .into_inner()
                .1
                .into_iter()
                .rev()
                .map(|event| event.kind)
                .take(2)
                .collect();
            assert_eq!(last, [EventKind::FieldOff, EventKind::Lost]);
        }
    }
}
