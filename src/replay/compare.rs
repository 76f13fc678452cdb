//! The comparison itself, event by event.

use std::collections::VecDeque;

use crate::apdu::{CommandApdu, FrameForm, ResponseApdu, Status};
use crate::crypto::entropy::RecoveredEntropy;
use crate::dialogue::{Host, HostError};
use crate::keyring::Keyring;
use crate::secure_messaging::{Channel, D40, MAC_LEN, Verdict};
use crate::trace::{Event, EventKind, Exchange};
use crate::virtual_card::Card;

use super::drawn::{self, Context, Drawn};
use super::locate::{self, Place, first_difference};
use super::plan::{self, NoRequest};
use super::{Divergence, Report, Skipped};

/// Either comparison at one reader, as long as it is wanted: `go_on` is asked before each event, with its number.
/// `None` when it said no.
pub(super) fn one_reader(
    events: &[Event],
    rows: &[Exchange],
    keyring: &Keyring,
    card: Option<&mut Card>,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Option<Report> {
    Replay::new(events, rows, keyring, card).run(go_on)
}

struct Replay<'a> {
    events: &'a [Event],
    rows: &'a [Exchange],
    keyring: &'a Keyring,
    host: Host,
    card: Option<&'a mut Card>,
    /// The card's answer to the last command.
    answer: Option<Vec<u8>>,
    /// Data that the card must answer in the present authentication, as its cryptograms prove each other.
    cryptograms: VecDeque<Vec<u8>>,
    /// Data bytes of the answer frames that came before in this exchange.
    joined: usize,
    /// Frame form of the present exchange.
    form: FrameForm,
    /// Whether the present exchange is being rebuilt.
    following: bool,
    /// Rows to come that belong to the open request: an ISO authentication has three.
    rows_behind: usize,
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
            cryptograms: VecDeque::new(),
            joined: 0,
            form,
            following: false,
            rows_behind: 0,
            report,
        }
    }

    fn run(mut self, go_on: &mut dyn FnMut(usize) -> bool) -> Option<Report> {
        let mut rows = self.rows.iter().peekable();
        for (index, event) in self.events.iter().enumerate() {
            if !go_on(index) {
                return None;
            }
            let row = rows.next_if(|row| row.first_event == index);
            let outcome = match &event.kind {
                EventKind::Command(bytes) => self.command(index, row, bytes),
                EventKind::Response(bytes) => self.response(index, bytes),
                EventKind::Reset
                | EventKind::FieldOff
                | EventKind::Tear { .. }
                | EventKind::Card(_) => {
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
                self.report.divergence = Some(divergence);
                return Some(self.report);
            }
        }
        self.report.divergence = self.rows.iter().find_map(|row| {
            let (place, text) = self.contradiction(row)?;
            Some(self.diverged_at(place, text))
        });
        Some(self.report)
    }

    /// What makes a row contradict itself or the others although its bytes could be rebuilt, and where.
    fn contradiction(&self, row: &Exchange) -> Option<(Place, String)> {
        if let Some(finding) = plan::contradiction(row) {
            let place = locate::place(row, finding, self.rows, self.events);
            return Some((place, finding.text.clone()));
        }
        let status = row.status.filter(|status| not_supported(*status))?;
        let supported =
            |other: &Exchange| other.status.is_some_and(|status| status.code().is_some());
        let others = self.rows.iter().filter(|other| other.form == row.form);
        (row.form == FrameForm::Wrapped && others.clone().any(supported)).then(|| {
            let text = format!("{status} to one wrapped command, 91 xx to others");
            (locate::status(row, self.events), text)
        })
    }

    fn command(
        &mut self,
        event: usize,
        row: Option<&Exchange>,
        bytes: &[u8],
    ) -> Result<(), Divergence> {
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

    fn start(&mut self, event: usize, row: &Exchange, bytes: &[u8]) -> Result<(), Divergence> {
        let continues = self.rows_behind > 0 && row.is_iso_authentication();
        if !continues {
            self.following = false;
            self.rows_behind = 0;
            self.cryptograms.clear();
        }
        // Wrong answers are located when they are compared or opened.
        if let Some((place, text)) = self.contradiction(row)
            && !row.verdicts.any(Verdict::Bad)
            && !(place.in_answer && self.card.is_some())
        {
            return Err(self.diverged_at(place, text));
        }
        if row.verdicts.command_mac == Verdict::Bad {
            return Err(self.wrong_command_mac(row, event, bytes));
        }
        if continues {
            self.rows_behind -= 1;
            self.report.compared += 1;
            return Ok(());
        }
        let drawn = self.draw(row);
        match plan::request(row, self.keyring, drawn.as_ref(), self.host.channel()) {
            Ok(request) => {
                self.host.set_form(row.form);
                self.host.set_parts(plan::parts(row, self.events));
                let started = self.host.start(&request);
                started.map_err(|error| diverged(event, 0, None, bytes, error.to_string()))?;
                self.following = true;
                self.rows_behind = drawn.as_ref().map_or(0, Drawn::rows_behind);
                self.report.compared += 1;
                Ok(())
            }
            // Key data that contradicts itself gives no key.
            Err(NoRequest::Unknown(_)) if row.verdicts.crc == Verdict::Bad => {
                let (place, text) = self
                    .contradiction(row)
                    .unwrap_or_else(|| (Place::start(row), String::new()));
                Err(self.diverged_at(place, text))
            }
            Err(NoRequest::Unknown(why)) => {
                if matches!(self.host.channel(), Channel::D40(_) | Channel::Ev1(_)) {
                    self.host.power_off();
                }
                self.report.skipped.push(Skipped {
                    row: row.index,
                    why,
                });
                Ok(())
            }
            Err(NoRequest::Wrong(why)) => Err(diverged(event, 0, None, bytes, why)),
        }
    }

    /// The random numbers of an authentication; the card gets its own. `None` when the host can't be rebuilt.
    fn draw(&mut self, row: &Exchange) -> Option<Drawn> {
        let starts_iso = row.is_iso_authentication() && row.ins == drawn::GET_CHALLENGE;
        if !row.is_authentication() && !starts_iso {
            return None;
        }
        let context = Context::at(self.rows, row, self.events);
        let drawn = context.draw(self.card.as_deref());
        if let Some(card) = &mut self.card {
            match &drawn {
                Some((drawn, _)) => card.set_entropy(Box::new(drawn.entropy())),
                // A challenge in clear that leads to nothing.
                None if row.is_iso_authentication() => {
                    let mut entropy = RecoveredEntropy::default();
                    entropy.push(row.response.as_deref().unwrap_or_default());
                    card.set_entropy(Box::new(entropy));
                }
                None => {}
            }
        }
        // Refused with a key that nobody knows: the host can't be rebuilt.
        let (drawn, is_known) = drawn?;
        if !is_known {
            return None;
        }
        self.cryptograms.extend(drawn.answers());
        Some(drawn)
    }

    fn response(&mut self, event: usize, bytes: &[u8]) -> Result<(), Divergence> {
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
        if let Some(data) = self.cryptograms.pop_front()
            && let Some(answer) = ResponseApdu::parse(self.form, bytes)
        {
            let status = answer.status;
            if status.is_success() || status.is_additional_frame() {
                same(event, &ResponseApdu::emit(status, data), bytes, "answer")?;
            }
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
    fn wrong_command_mac(&self, row: &Exchange, event: usize, bytes: &[u8]) -> Divergence {
        let finding = row
            .findings
            .iter()
            .find(|finding| finding.code == "command_mac");
        let values =
            finding.and_then(|finding| finding.expected.as_deref().zip(finding.got.as_deref()));
        let total: usize = plan::parts(row, self.events).iter().sum();
        let len = if row.channel == Some(D40::NAME) {
            D40::MAC_LEN
        } else {
            MAC_LEN
        };
        let mut target = total.saturating_sub(len) + finding.map_or(0, locate::inside);
        let text = values.map_or_else(String::new, |(expected, got)| {
            format!("command MAC is {got}, the rebuilt host computes {expected}")
        });
        for (index, frame) in locate::commands(row, self.events) {
            let apdu = CommandApdu::parse(frame);
            if target < apdu.body.len() {
                return diverged(index, apdu.body_offset + target, None, frame, text);
            }
            target -= apdu.body.len();
        }
        diverged(event, 0, None, bytes, text)
    }

    fn diverged_at(&self, place: Place, text: String) -> Divergence {
        let got = locate::frame(self.events, place.event).unwrap_or_default();
        diverged(place.event, place.offset, None, got, text)
    }
}

/// The card knows neither the class nor the instruction.
const fn not_supported(status: Status) -> bool {
    matches!(status, Status::Iso(0x6E00 | 0x6D00))
}

fn same(event: usize, expected: &[u8], got: &[u8], what: &str) -> Result<(), Divergence> {
    if expected == got {
        return Ok(());
    }
    let offset = first_difference(expected, got);
    let text = format!(
        "{what} byte {offset} is {}, rebuilt {}",
        locate::shown(got, offset),
        locate::shown(expected, offset)
    );
    Err(diverged(event, offset, Some(expected.to_vec()), got, text))
}

fn diverged(
    event: usize,
    offset: usize,
    expected: Option<Vec<u8>>,
    got: &[u8],
    text: String,
) -> Divergence {
    Divergence {
        event,
        offset,
        expected,
        got: got.to_vec(),
        text,
    }
}
