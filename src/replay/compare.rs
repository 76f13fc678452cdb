//! The comparison itself, event by event.

use crate::apdu::{CommandApdu, FrameForm, ResponseApdu};
use crate::bytes::hex;
use crate::dialogue::{Host, HostError};
use crate::keyring::Keyring;
use crate::secure_messaging::{MAC_LEN, Verdict};
use crate::trace::{Event, EventKind, Exchange};
use crate::virtual_card::Card;

use super::plan::{self, NoRequest};
use super::{Divergence, Report, Skipped};

/// Compares the rebuilt host with the recorded commands.
pub fn recorded(events: &[Event], rows: &[Exchange], keyring: &Keyring) -> Report {
    Replay::new(events, rows, keyring, None).run()
}

/// Runs the rebuilt host against a card and compares both sides. The card must draw [`super::recovered_entropy`].
pub fn card(events: &[Event], rows: &[Exchange], keyring: &Keyring, card: &mut Card) -> Report {
    Replay::new(events, rows, keyring, Some(card)).run()
}

struct Replay<'a> {
    events: &'a [Event],
    rows: &'a [Exchange],
    keyring: &'a Keyring,
    host: Host,
    card: Option<&'a mut Card>,
    /// The card's answer to the last command.
    answer: Option<Vec<u8>>,
    /// Data bytes of the answer frames that came before in this exchange.
    joined: usize,
    /// Frame form of the present exchange.
    form: FrameForm,
    /// Whether the present exchange is being rebuilt.
    following: bool,
    report: Report,
}

impl<'a> Replay<'a> {
    fn new(
        events: &'a [Event],
        rows: &'a [Exchange],
        keyring: &'a Keyring,
        card: Option<&'a mut Card>,
    ) -> Self {
        let (host, report) = (Host::default(), Report::default());
        let form = FrameForm::Wrapped;
        Self {
            events,
            rows,
            keyring,
            host,
            card,
            answer: None,
            joined: 0,
            form,
            following: false,
            report,
        }
    }

    fn run(mut self) -> Report {
        let mut rows = self.rows.iter().peekable();
        for (index, event) in self.events.iter().enumerate() {
            let row = rows.next_if(|row| row.first_event == index);
            let outcome = match &event.kind {
                EventKind::Command(bytes) => self.command(index, row, bytes),
                EventKind::Response(bytes) => self.response(index, bytes),
                EventKind::Reset | EventKind::FieldOff | EventKind::Tear { .. } => {
                    self.host.power_off();
                    self.following = false;
                    if let Some(card) = &mut self.card {
                        card.reset();
                    }
                    Ok(())
                }
                EventKind::Lost => {
                    self.host.power_off();
                    self.following = false;
                    Ok(())
                }
                EventKind::Note(_) => Ok(()),
            };
            if let Err(divergence) = outcome {
                self.report.divergence = Some(*divergence);
                return self.report;
            }
        }
        self.report.divergence = self.rows.iter().find_map(|row| self.leftover(row));
        self.report
    }

    /// A row that contradicts itself although its bytes could be rebuilt, such as a wrong TMV.
    fn leftover(&self, row: &Exchange) -> Option<Divergence> {
        let text = plan::contradiction(row)?;
        let got = self.frame(row.last_event).unwrap_or_default();
        Some(*diverged(row.last_event, 0, None, got, text))
    }

    fn command(
        &mut self,
        event: usize,
        row: Option<&Exchange>,
        bytes: &[u8],
    ) -> Result<(), Box<Divergence>> {
        if let Some(row) = row {
            self.joined = 0;
            self.form = row.form;
            self.start(event, row, bytes)?;
        }
        let sent = if self.following {
            let expected = self.host.poll_transmit();
            let Some(expected) = expected else {
                return Err(diverged(
                    event,
                    0,
                    None,
                    bytes,
                    "the rebuilt host sends no frame here".into(),
                ));
            };
            same(event, &expected, bytes, "command")?;
            expected
        } else {
            bytes.to_vec()
        };
        let tear = self.events.get(event + 1).and_then(|next| match next.kind {
            EventKind::Tear { after_writes } => Some(after_writes),
            _ => None,
        });
        if let Some(card) = &mut self.card {
            if let Some(after_writes) = tear {
                card.tear_after(after_writes);
            }
            self.answer = card.exchange(&sent).ok();
        }
        Ok(())
    }

    fn start(&mut self, event: usize, row: &Exchange, bytes: &[u8]) -> Result<(), Box<Divergence>> {
        self.following = false;
        if let Some(text) = plan::contradiction(row) {
            let (event, offset) = self.locate(row, event);
            let got = self.frame(event).unwrap_or(bytes);
            // Wrong answers are located when the rebuilt host opens them.
            if !row.verdicts.any(Verdict::Bad) {
                return Err(diverged(event, offset, None, got, text));
            }
        }
        if row.verdicts.command_mac == Verdict::Bad {
            return Err(self.wrong_command_mac(row, event, bytes));
        }
        match plan::request(row, self.keyring) {
            Ok(request) => {
                self.host.set_form(row.form);
                self.host.set_parts(plan::parts(row, self.events));
                let started = self.host.start(&request);
                started.map_err(|error| diverged(event, 0, None, bytes, error.to_string()))?;
                self.following = true;
                self.report.compared += 1;
                Ok(())
            }
            Err(NoRequest::Unknown(why)) => {
                self.report.skipped.push(Skipped {
                    row: row.index,
                    why,
                });
                Ok(())
            }
            Err(NoRequest::Wrong(why)) => Err(diverged(event, 0, None, bytes, why)),
        }
    }

    fn response(&mut self, event: usize, bytes: &[u8]) -> Result<(), Box<Divergence>> {
        if self.card.is_some() {
            match self.answer.take() {
                Some(expected) => same(event, &expected, bytes, "answer")?,
                None => {
                    return Err(diverged(
                        event,
                        0,
                        None,
                        bytes,
                        "the card gives no answer here".into(),
                    ));
                }
            }
        }
        if !self.following {
            return Ok(());
        }
        let before = self.joined;
        self.joined += ResponseApdu::parse(self.form, bytes).map_or(0, |answer| answer.data.len());
        let handled = self.host.handle_response(bytes);
        match handled {
            Ok(reply) => {
                if reply.is_some() {
                    self.following = false;
                }
                Ok(())
            }
            Err(HostError::Mac {
                expected,
                got,
                offset,
            }) => {
                let text =
                    format!("the rebuilt host expects response MAC {expected}, recorded is {got}");
                let inside = first_difference(expected.as_bytes(), got.as_bytes()) / 2;
                let offset = (offset + inside)
                    .saturating_sub(before)
                    .min(bytes.len().saturating_sub(1));
                Err(diverged(event, offset, None, bytes, text))
            }
            Err(error) => Err(diverged(
                event,
                0,
                None,
                bytes,
                format!("the rebuilt host refuses the answer: {error}"),
            )),
        }
    }

    /// The first byte of a command MAC that does not fit, wherever the chain put it.
    fn wrong_command_mac(&self, row: &Exchange, event: usize, bytes: &[u8]) -> Box<Divergence> {
        let finding = row
            .findings
            .iter()
            .find(|finding| finding.code == "command_mac");
        let values =
            finding.and_then(|finding| finding.expected.as_deref().zip(finding.got.as_deref()));
        let inside = values.map_or(0, |(expected, got)| {
            first_difference(expected.as_bytes(), got.as_bytes()) / 2
        });
        let total: usize = plan::parts(row, self.events).iter().sum();
        let mut target = total.saturating_sub(MAC_LEN) + inside;
        let text = values.map_or_else(String::new, |(expected, got)| {
            format!("command MAC is {got}, the rebuilt host computes {expected}")
        });
        for index in row.first_event..=row.last_event {
            let Some(frame) = self.frame(index).filter(|_| self.is_command(index)) else {
                continue;
            };
            let apdu = CommandApdu::parse(frame);
            if target < apdu.body.len() {
                return diverged(index, apdu.body_offset + target, None, frame, text);
            }
            target -= apdu.body.len();
        }
        diverged(event, 0, None, bytes, text)
    }

    fn is_command(&self, index: usize) -> bool {
        self.events
            .get(index)
            .is_some_and(|event| matches!(event.kind, EventKind::Command(_)))
    }

    /// Where a contradiction comes from: a key of another application points at the selection.
    fn locate(&self, row: &Exchange, event: usize) -> (usize, usize) {
        let Some(finding) = row
            .findings
            .iter()
            .find(|finding| finding.code == "key_application")
        else {
            return (event, 0);
        };
        let select = self
            .rows
            .iter()
            .take_while(|other| other.index < row.index)
            .filter(|other| other.ins == 0x5A)
            .last();
        let (Some(select), Some(expected), Some(got)) = (select, &finding.expected, &finding.got)
        else {
            return (event, 0);
        };
        let aids = expected
            .parse::<crate::card::Aid>()
            .ok()
            .zip(got.parse::<crate::card::Aid>().ok());
        let offset = aids.map_or(0, |(expected, got)| {
            first_difference(&expected.wire(), &got.wire())
        });
        let body = self
            .frame(select.first_event)
            .map_or(0, |bytes| CommandApdu::parse(bytes).body_offset);
        (select.first_event, body + offset)
    }

    fn frame(&self, event: usize) -> Option<&'a [u8]> {
        match &self.events.get(event)?.kind {
            EventKind::Command(bytes) | EventKind::Response(bytes) => Some(bytes),
            _ => None,
        }
    }
}

fn same(event: usize, expected: &[u8], got: &[u8], what: &str) -> Result<(), Box<Divergence>> {
    if expected == got {
        return Ok(());
    }
    let offset = first_difference(expected, got);
    let byte = |bytes: &[u8]| {
        bytes
            .get(offset)
            .map_or_else(|| "nothing".into(), |byte| hex::upper([*byte]))
    };
    let text = format!(
        "{what} byte {offset} is {}, rebuilt {}",
        byte(got),
        byte(expected)
    );
    Err(diverged(event, offset, Some(expected.to_vec()), got, text))
}

fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let differing = one.iter().zip(other).position(|(one, other)| one != other);
    differing.unwrap_or_else(|| one.len().min(other.len()))
}

fn diverged(
    event: usize,
    offset: usize,
    expected: Option<Vec<u8>>,
    got: &[u8],
    text: String,
) -> Box<Divergence> {
    Box::new(Divergence {
        event,
        offset,
        expected,
        got: got.to_vec(),
        text,
    })
}
