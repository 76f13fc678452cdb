//! The fold: state, event and keys give the next state and, when an exchange is complete, its row.
//!
//! Session keys come from the recorded authentication and the key table only. What can't be decoded
//! stays a row with a finding that says why.

use crate::apdu::{Family, Status};
use crate::card::inventory::Inventory;
use crate::card::{Aid, CommMode};
use crate::command::{self, Command, Rule};
use crate::keyring::{Keyring, SessionEntry};
use crate::report::Finding;
use crate::secure_messaging::{D40, Ev2, Verdict};

use super::event::{Event, EventKind};
use super::exchange::{Exchange, KeyUse};
use super::learn::Learned;
use super::pending::Pending;
use super::transaction::Transaction;
use super::{auth, d40, ev1, ev2, given, iso_auth, learn, shape};

/// What the observer takes for selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Selection {
    /// The trace does not show it.
    #[default]
    Unknown,
    /// By AID.
    Application(Aid),
    /// By DF name.
    Name(Vec<u8>),
}

impl Selection {
    pub(super) fn aid(&self) -> Option<Aid> {
        match self {
            Self::Application(aid) => Some(*aid),
            Self::Unknown | Self::Name(_) => None,
        }
    }
}

/// What the observer takes for open.
#[derive(Clone, Debug, Default)]
pub(super) enum Session {
    /// No session.
    #[default]
    None,
    /// An EV2 session whose keys are known.
    Ev2 { channel: Box<Ev2>, key: KeyUse },
    /// An EV1 session whose key is known.
    Ev1 { chain: Box<ev1::Chain>, key: KeyUse },
    /// A D40 session whose key is known.
    D40 { channel: Box<D40>, key: KeyUse },
    /// A session that can't be opened, and why.
    Opaque {
        channel: Option<&'static str>,
        key: Option<KeyUse>,
        finding: Finding,
    },
}

/// Everything that decoding the next event depends on.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) next_index: usize,
    pending: Option<Pending>,
    pub(super) selection: Selection,
    pub(super) session: Session,
    /// The trace has shown that there is no session, or how one began.
    pub(super) start_is_known: bool,
    /// Commands that went by in a session that may be given directly: EV2 counts them.
    pub(super) passed: u16,
    /// How far an ISO 7816-4 authentication has come.
    pub(super) iso: iso_auth::Progress,
    /// The card as the trace knows it.
    pub(super) card: Inventory,
    pub(super) learned: Learned,
    pub(super) transaction: Transaction,
}

impl State {
    /// The state before the first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters a session whose authentication was not recorded.
    pub fn resume(&mut self, entry: &SessionEntry, key_no: Option<u8>) {
        if let Some(session) = given::session(entry, key_no) {
            self.session = session;
        }
    }

    /// Tells what is selected when the trace does not show it.
    pub fn select(&mut self, aid: Aid) {
        self.selection = Selection::Application(aid);
        self.transaction.reset();
    }

    /// Enters a session of a channel that is not decoded yet.
    pub fn resume_opaque(&mut self, channel: &str) {
        let channel = CHANNELS.iter().copied().find(|known| *known == channel);
        self.session = Session::Opaque {
            channel,
            key: None,
            finding: not_decoded(channel.unwrap_or("another channel")),
        };
    }

    /// Tells the UID when the trace does not show it.
    pub fn set_uid(&mut self, uid: Vec<u8>) {
        self.card.uid = Some(uid);
    }

    /// The card as the trace knows it so far.
    pub fn card(&self) -> &Inventory {
        &self.card
    }

    /// Takes the next event; gives the exchange that it completes. `event_no` is its place in the log.
    pub fn step(&mut self, event_no: usize, event: &Event, keyring: &Keyring) -> Option<Exchange> {
        match &event.kind {
            EventKind::Command(bytes) => {
                if let Some(pending) = &mut self.pending
                    && pending.continues_with(bytes)
                {
                    pending.add_command(event_no, bytes);
                    return None;
                }
                let interrupted = self.interrupt(keyring);
                self.pending = Some(Pending::start(event_no, event, bytes, is_authentication));
                interrupted
            }
            EventKind::Response(bytes) => match &mut self.pending {
                Some(pending) => {
                    if pending.add_response(event_no, bytes) {
                        self.complete(keyring)
                    } else {
                        None
                    }
                }
                None => Some(self.orphan(event_no, event, bytes)),
            },
            EventKind::Lost => {
                let pending = self.pending.as_mut()?;
                pending.last_event = event_no;
                pending.findings.push(Finding::warning(
                    "response_lost",
                    "Answer lost: whether the card executed the command is unknown",
                ));
                pending.status = None;
                self.complete(keyring)
            }
            EventKind::Reset
            | EventKind::FieldOff
            | EventKind::Tear { .. }
            | EventKind::Card(_) => {
                let interrupted = self.interrupt(keyring);
                self.end_session();
                self.transaction.reset();
                self.selection = Selection::Application(Aid::PICC);
                if matches!(event.kind, EventKind::FieldOff | EventKind::Card(_)) {
                    // Another card may come.
                    self.card.uid = None;
                }
                interrupted
            }
            EventKind::Note(_) => None,
        }
    }

    /// Whether an exchange waits for its last answer, and with it for the events it began with.
    pub const fn is_open(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether a session is open, also one that can't be decoded.
    pub const fn in_session(&self) -> bool {
        !matches!(self.session, Session::None)
    }

    /// Gives the exchange that the recording broke off in.
    pub fn finish(&mut self, keyring: &Keyring) -> Option<Exchange> {
        self.interrupt(keyring)
    }

    /// Closes an exchange that got no last answer.
    fn interrupt(&mut self, keyring: &Keyring) -> Option<Exchange> {
        let pending = self.pending.as_mut()?;
        let finding = if pending.awaiting() {
            Finding::warning(
                "response_missing",
                "The recording holds no answer to this command",
            )
        } else {
            Finding::warning(
                "chain_aborted",
                "The chain was not continued; the card answers the next command with CA",
            )
        };
        pending.findings.push(finding);
        pending.status = pending.status.filter(|_| !pending.awaiting());
        self.complete(keyring)
    }

    fn complete(&mut self, keyring: &Keyring) -> Option<Exchange> {
        let pending = &mut self.pending.take()?;
        let mut exchange = self.row(pending);
        match (exchange.family, command::spec(exchange.ins)) {
            (Family::Iso, _) => self.iso(&mut exchange, pending, keyring),
            (Family::Reader, _) => self.reader(&mut exchange, pending),
            (Family::Desfire, Some(spec)) if spec.rule == Rule::Authentication => {
                auth::decode(self, &mut exchange, pending, keyring);
            }
            (Family::Desfire, spec) => self.desfire(&mut exchange, pending, spec, keyring),
        }
        Some(exchange)
    }

    fn row(&mut self, pending: &mut Pending) -> Exchange {
        let index = self.next_index;
        self.next_index += 1;
        Exchange {
            index,
            first_event: pending.first_event,
            last_event: pending.last_event,
            time_us: pending.time_us,
            lane: pending.lane,
            reader: pending.reader,
            presented: None,
            form: pending.form,
            family: pending.family,
            ins: pending.ins,
            p1p2: pending.p1p2,
            le: pending.le,
            command: None,
            header_len: 0,
            response: None,
            status: pending.status,
            aid: self.selection.aid(),
            df_name: match &self.selection {
                Selection::Name(name) => Some(name.clone()),
                _ => None,
            },
            channel: Some("plain"),
            mode: None,
            ctr: None,
            key: None,
            verdicts: super::Verdicts::default(),
            findings: std::mem::take(&mut pending.findings),
            ivs: None,
            authentication: None,
            new_key: None,
            commit: None,
        }
    }

    fn desfire(
        &mut self,
        exchange: &mut Exchange,
        pending: &mut Pending,
        spec: Option<&command::Spec>,
        keyring: &Keyring,
    ) {
        let header_len = spec.map_or(pending.command.len(), |spec| {
            spec.header_len(pending.command.len())
        });
        exchange.header_len = header_len;
        let before = self.selection.clone();
        let is_d40 = matches!(self.session, Session::D40 { .. });
        self.iso = iso_auth::Progress::None;
        if spec.is_none_or(|spec| spec.rule != Rule::Plain) {
            given::enter(self, exchange, pending, spec, keyring);
        }
        match &self.session {
            _ if spec.is_some_and(|spec| spec.rule == Rule::Plain) => plain(exchange, pending),
            Session::Ev2 { .. } => ev2::decode(self, exchange, pending, spec),
            Session::Ev1 { .. } => ev1::decode(self, exchange, pending, spec, keyring),
            Session::D40 { .. } => d40::decode(self, exchange, pending, spec, keyring),
            Session::Opaque { .. } => self.opaque(exchange, pending),
            Session::None => plain(exchange, pending),
        }
        // A refused command may have had any parameters, and teaches nothing; nor does one whose data is not all read.
        let unread = exchange.findings.iter().any(|found| found.code == "unread");
        let command = if exchange.status.is_none_or(Status::is_success) && !unread {
            typed(exchange)
        } else {
            None
        };
        note_status(exchange);
        let gaps = ["iv_gap", "iv_gap_or_damage", "iv_unknown", "counter_gap"];
        if exchange
            .findings
            .iter()
            .any(|found| gaps.contains(&found.code))
        {
            self.transaction.miss();
        }
        learn::absorb(self, exchange, command.as_ref(), keyring);
        if ends_with_success(exchange) {
            self.end_session();
            self.transaction.reset();
        }
        if exchange.status.is_some_and(Status::ends_session) {
            let denied = exchange.status.and_then(Status::code) == Some(0x9D);
            if !(is_d40 && denied) {
                self.end_session();
            }
            self.transaction.reset();
        }
        if self.selection != before && exchange.status.is_some_and(Status::is_success) {
            exchange.aid = self.selection.aid();
            exchange.df_name = None;
        }
    }

    pub(super) fn opaque(&self, exchange: &mut Exchange, pending: &Pending) {
        let Session::Opaque {
            channel,
            key,
            finding,
        } = &self.session
        else {
            return;
        };
        exchange.channel = *channel;
        exchange.key.clone_from(key);
        exchange.findings.push(finding.clone());
        exchange.verdicts.command_mac = Verdict::Unknown;
        if !pending.response.is_empty() {
            exchange.verdicts.response_mac = Verdict::Unknown;
        }
    }

    fn orphan(&mut self, event_no: usize, event: &Event, bytes: &[u8]) -> Exchange {
        let mut pending = Pending::start(event_no, event, &[], |_| false);
        pending.findings = vec![Finding::error(
            "orphan_response",
            "An answer without a command before it",
        )];
        pending.response = bytes.to_vec();
        let mut exchange = self.row(&mut pending);
        plain(&mut exchange, &mut pending);
        exchange
    }

    pub(super) fn end_session(&mut self) {
        self.start_is_known = true;
        self.passed = 0;
        self.session = Session::None;
    }
}

/// Commands that end the session when the card does them (DESFire reference §2.12).
fn ends_with_success(exchange: &Exchange) -> bool {
    let body = exchange.command.as_deref().unwrap_or_default();
    let ends = exchange.ins == shape::ROLL_KEY_SET || shape::enables_lrp(exchange.ins, body);
    ends && exchange.status.is_some_and(Status::is_success)
}

fn is_authentication(ins: u8) -> bool {
    command::spec(ins).is_some_and(|spec| spec.rule == Rule::Authentication)
}

/// The finding of a channel that has no decoder yet.
pub(super) fn not_decoded(channel: &str) -> Finding {
    Finding::warning("channel_not_decoded", "channel not decoded yet")
        .field("channel")
        .values("ev2", channel)
}

pub(super) fn plain(exchange: &mut Exchange, pending: &mut Pending) {
    exchange.mode = Some(CommMode::Plain);
    exchange.command = Some(std::mem::take(&mut pending.command));
    exchange.response = pending
        .status
        .map(|_| std::mem::take(&mut pending.response));
}

/// The command by its type. Parameters that do not fit are worth a finding; in a trace that starts in the
/// middle of a session they are usually a MAC.
fn typed(exchange: &mut Exchange) -> Option<Command> {
    let finding = match Command::from_body(exchange.ins, exchange.command.as_deref()?) {
        Ok(Some(command)) => {
            if let Command::ReadData(read) = &command
                && read.length > 0
            {
                check_length(exchange, read.length);
            }
            return Some(command);
        }
        Ok(None) if command::spec(exchange.ins).is_some() => return None,
        Ok(None) => Finding::warning(
            "unknown_command",
            format!("Command code {:02X} is not known", exchange.ins),
        ),
        Err(error) => Finding::warning("parameters", error.to_string()).field("command"),
    };
    exchange.findings.push(finding);
    None
}

/// A read gives as many bytes as it asked for.
fn check_length(exchange: &mut Exchange, asked: u32) {
    // `9000` is no answer of this family and noted as such.
    let native = exchange
        .status
        .is_some_and(|status| status.code().is_some());
    let answered = exchange.response.as_ref().filter(|_| native);
    let Some(got) = answered
        .map(Vec::len)
        .filter(|got| usize::try_from(asked) != Ok(*got))
    else {
        return;
    };
    let text = "The answer has another length than the command asks for";
    let finding = Finding::warning("answer_length", text).field("Length");
    exchange
        .findings
        .push(finding.values(format!("{asked} bytes"), format!("{got} bytes")));
}

/// A status that no table knows is worth a finding.
pub(super) fn note_status(exchange: &mut Exchange) {
    if let Some(status) = exchange.status
        && status.meaning().is_none()
    {
        exchange.findings.push(
            Finding::warning("unknown_status", format!("Status {status} is not known"))
                .field("status"),
        );
    }
    if exchange.family == Family::Desfire
        && let Some(status @ Status::Iso(word)) = exchange.status
        && word == 0x9000
    {
        let finding = Finding::warning("status_form", "A wrapped command is answered 91 xx");
        exchange
            .findings
            .push(finding.field("status").values("9100", status.to_string()));
    }
}

/// Names of the channels in JSON rows.
const CHANNELS: [&str; 10] = [
    "plain",
    "d40",
    "ev1-des",
    "ev1-2k3des",
    "ev1-3k3des",
    "ev1-aes",
    "ev2",
    "lrp",
    "plus-ev0",
    "plus-ev1",
];
