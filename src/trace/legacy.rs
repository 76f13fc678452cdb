//! What D40 and EV1 have in common for an observer: which readings of a message its lengths allow, and what becomes of
//! the one that fits (DESFire reference §4.2, §4.3, §4.7).

use crate::apdu::{Family, Status};
use crate::card::{Aid, CommMode, KeyType};
use crate::command::{Rule, Spec};
use crate::keyring::Keyring;
use crate::report::Finding;
use crate::secure_messaging::{Check, Extent, KeyForm, Opened, OpenedKey, Verdict};

use super::checks::{combine, note_data, note_mac};
use super::exchange::{Exchange, Ivs};
use super::new_key;
use super::pending::Pending;
use super::shape::{self, Shape};
use super::state::State;

/// A command with its answer, still protected.
pub(super) struct Message {
    pub(super) ins: u8,
    /// It is an ISO command.
    pub(super) is_iso: bool,
    pub(super) rule: Option<Rule>,
    pub(super) body: Vec<u8>,
    pub(super) header_len: usize,
    pub(super) answer: Vec<u8>,
    pub(super) status: Option<Status>,
    pub(super) shape: Shape,
    /// The mode that the file's settings ask for, when known.
    pub(super) granted: Option<CommMode>,
    /// Of a ChangeKey: what the key in it may be, likeliest first.
    forms: Vec<KeyForm>,
    /// Whether the answer may have no MAC: nothing public tells, or the session ends with it.
    pub(super) may_lack_mac: bool,
}

/// Lengths of what protects a message, in bytes.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) block: usize,
    pub(super) mac: usize,
    pub(super) crc: usize,
}

/// A message as one mode reads it.
#[derive(Default)]
pub(super) struct Reading {
    /// The mode; `None` where the bytes do not tell.
    pub(super) mode: Option<CommMode>,
    pub(super) command: Opened,
    /// Of a ChangeKey: what its key was taken for.
    pub(super) form: Option<KeyForm>,
    /// Of a ChangeKey.
    pub(super) key: Option<OpenedKey>,
    /// `None` where the answer has no protection.
    pub(super) response: Option<Opened>,
    /// Of EV1.
    pub(super) ivs: Option<Ivs>,
}

impl Message {
    /// Takes the bytes of an exchange; `key_no` and `session` are number and type of the session's key.
    pub(super) fn take(
        state: &State,
        exchange: &Exchange,
        pending: &mut Pending,
        spec: Option<&Spec>,
        key_no: Option<u8>,
        session: KeyType,
    ) -> Self {
        let shape = Shape::of(state, exchange, pending);
        let body = std::mem::take(&mut pending.command);
        let is_iso = exchange.family == Family::Iso;
        let is_key = matches!(exchange.ins, 0xC4 | 0xC6) && !is_iso;
        let forms = if is_key {
            new_key::forms(state, exchange.ins, &body, key_no, session)
        } else {
            Vec::new()
        };
        // Only deleting the selected application ends the session.
        let deletes_own = exchange.ins == 0xDA && state.selection.aid() != Some(Aid::PICC);
        Self {
            ins: exchange.ins,
            is_iso,
            rule: spec.map(|spec| spec.rule),
            header_len: exchange.header_len,
            answer: std::mem::take(&mut pending.response),
            status: exchange.status,
            granted: shape.granted(key_no),
            forms,
            may_lack_mac: deletes_own || exchange.ins == shape::ROLL_KEY_SET,
            shape,
            body,
        }
    }

    /// The status byte of success.
    pub(super) fn success(&self) -> Option<u8> {
        self.status?
            .code()
            .filter(|code| matches!(code, 0x00 | 0x90))
    }

    pub(super) fn data_len(&self) -> usize {
        self.body.len().saturating_sub(self.header_len)
    }

    /// Whether frames of the command are missing, so that its protection can't be checked.
    pub(super) fn is_cut(&self, sizes: Sizes) -> bool {
        self.success().is_none()
            && shape::is_chained(self.ins)
            && self.shape.command.is_some_and(|announced| {
                let whole = [announced, announced + sizes.mac];
                !whole.contains(&self.data_len()) && self.data_len() < sizes.sealed(announced)
            })
    }

    /// The own key is changed and with it the session gone, if the key is of this form.
    pub(super) fn ends_with_own_key(&self, form: Option<KeyForm>) -> bool {
        form.is_some_and(|form| form.own) && self.success().is_some()
    }

    /// Every mode with every form that the key of a ChangeKey may have.
    pub(super) fn ways(&self, modes: Vec<CommMode>) -> Vec<(CommMode, Option<KeyForm>)> {
        if self.forms.is_empty() {
            return modes.into_iter().map(|mode| (mode, None)).collect();
        }
        let forms = self.forms.iter().copied().map(Some);
        let ways = modes
            .into_iter()
            .flat_map(|mode| forms.clone().map(move |form| (mode, form)));
        ways.collect()
    }

    /// How the end of the command's enciphered data may be known, likeliest first.
    pub(super) fn command_extents(&self) -> Vec<Extent> {
        let option = self.body.first().copied();
        let known = match (self.ins, option) {
            (0x5F, _) => Some(Extent::Known(3)),
            (0x54, _) | (0x5C, Some(0x00)) => Some(Extent::Known(1)),
            (0x5C, Some(0x01)) => Some(Extent::Known(25)),
            (0x5C, Some(0x02)) => Some(Extent::Marked),
            (0xCE, _) => Some(Extent::Known(17)),
            _ => self.shape.command.map(Extent::Known),
        };
        known.into_iter().chain([Extent::Search]).collect()
    }

    /// The same for the answer.
    pub(super) fn response_extents(&self) -> Vec<Extent> {
        let known = match (self.ins, self.shape.response) {
            (0x51, _) => Some(Extent::Known(7)),
            _ if self.shape.asks_for_all => Some(Extent::Marked),
            (_, known) => known.map(Extent::Known),
        };
        known.into_iter().chain([Extent::Search]).collect()
    }

    /// Whether the file's settings allow plain data; where they do not, a MAC that is not there is missing.
    pub(super) const fn may_be_plain(&self) -> bool {
        !matches!(self.granted, Some(CommMode::Mac | CommMode::Full))
    }

    /// The modes that the length of a command's announced data allows, likeliest first. `is_answered`: the answer has
    /// a check that proves what the settings do not say.
    pub(super) fn command_modes(
        &self,
        sizes: Sizes,
        announced: usize,
        is_answered: bool,
    ) -> Vec<CommMode> {
        let len = self.data_len();
        let may_be_plain = is_answered || self.may_be_plain();
        self.likeliest_first([
            (CommMode::Plain, len == announced && may_be_plain),
            (CommMode::Mac, len == announced + sizes.mac),
            (CommMode::Full, len == sizes.sealed(announced)),
        ])
    }

    /// The modes of ChangeFileSettings, likeliest first. In clear it has no check but that of its answer, so damaged
    /// data would pass for it.
    pub(super) fn settings_modes(&self, sizes: Sizes, is_answered: bool) -> Vec<CommMode> {
        let is_sealed = sizes.can_be_sealed(self.data_len());
        let may_be_plain = match self.granted {
            Some(mode) => mode == CommMode::Plain,
            None => !is_sealed || is_answered,
        };
        let modes = [
            (CommMode::Full, is_sealed || !may_be_plain),
            (CommMode::Plain, may_be_plain),
        ];
        let possible = modes.iter().filter(|(_, is_possible)| *is_possible);
        possible.map(|(mode, _)| *mode).collect()
    }

    /// Whether the answer to a read is as long as the mode makes the data that is asked for; so it is when that is
    /// not known.
    pub(super) fn answer_fits(&self, sizes: Sizes, mode: CommMode) -> bool {
        let answer = self.answer.len();
        self.shape.response.is_none_or(|known| match mode {
            CommMode::Full => answer == sizes.sealed(known) || answer == sizes.marked(known),
            CommMode::Plain | CommMode::Mac => answer == known + sizes.mac,
        })
    }

    /// The possible modes, that of the file's settings first; that one alone, or plain, when none is possible.
    pub(super) fn likeliest_first(&self, modes: [(CommMode, bool); 3]) -> Vec<CommMode> {
        let possible = modes.iter().filter(|(_, is_possible)| *is_possible);
        let mut modes: Vec<CommMode> = possible.map(|(mode, _)| *mode).collect();
        modes.sort_by_key(|mode| Some(*mode) != self.granted);
        if modes.is_empty() {
            modes.push(self.granted.unwrap_or(CommMode::Plain));
        }
        modes
    }
}

impl Sizes {
    /// Length of enciphered data.
    pub(super) const fn sealed(self, len: usize) -> usize {
        (len + self.crc).next_multiple_of(self.block)
    }

    /// Length of enciphered data with a mark behind it.
    pub(super) const fn marked(self, len: usize) -> usize {
        (len + self.crc + 1).next_multiple_of(self.block)
    }

    /// Whether `len` bytes can be enciphered data.
    pub(super) const fn can_be_sealed(self, len: usize) -> bool {
        len > 0 && len.is_multiple_of(self.block)
    }
}

impl Reading {
    fn verdicts(&self) -> [Verdict; 6] {
        let response = self.response.as_ref();
        [
            self.command.mac.verdict,
            self.command.crc.verdict,
            self.command.padding,
            response.map_or(Verdict::None, |opened| opened.mac.verdict),
            response.map_or(Verdict::None, |opened| opened.crc.verdict),
            response.map_or(Verdict::None, |opened| opened.padding),
        ]
    }

    /// How well the checks prove the reading: whether a MAC fits, and how many checks do. `None` with a bad one.
    fn proof(&self) -> Option<(bool, usize)> {
        let fits = |verdict: &Verdict| *verdict == Verdict::Ok;
        let verdicts = self.verdicts();
        let [command_mac, _, _, response_mac, ..] = &verdicts;
        let count = verdicts.iter().copied().filter(|each| fits(each)).count();
        (!self.any(Verdict::Bad)).then_some((fits(command_mac) || fits(response_mac), count))
    }

    /// Whether any check says so.
    pub(super) fn any(&self, verdict: Verdict) -> bool {
        self.verdicts().contains(&verdict)
    }

    /// Writes the reading into the row.
    pub(super) fn apply(
        self,
        state: &mut State,
        exchange: &mut Exchange,
        message: &Message,
        keyring: &Keyring,
        checksum: &'static str,
    ) {
        let Self {
            mode,
            command,
            form,
            key,
            response,
            ivs,
        } = self;
        exchange.ivs = ivs.map(Box::new);
        let verdicts = &mut exchange.verdicts;
        verdicts.command_mac = command.mac.verdict;
        verdicts.crc = command.crc.verdict;
        verdicts.padding = command.padding;
        if let Some(response) = &response {
            verdicts.response_mac = response.mac.verdict;
            verdicts.crc = combine(verdicts.crc, response.crc.verdict);
            verdicts.padding = combine(verdicts.padding, response.padding);
        }
        exchange.mode = mode;
        note_mac(exchange, "command_mac", "Command MAC", &command.mac);
        note_data(exchange, "command", checksum, &command);
        if let Some(response) = &response {
            note_mac(exchange, "response_mac", "Response MAC", &response.mac);
            note_data(exchange, "answer", checksum, response);
        }
        exchange.command = command.plain;
        exchange.response = match response {
            Some(response) => response.plain,
            None => exchange.status.map(|_| message.answer.clone()),
        };
        if let Some(key) = key {
            new_key::of_legacy(state, exchange, keyring, &message.body, &key, checksum);
        } else if form.is_some() && exchange.verdicts.crc != Verdict::Unknown {
            let text = "The key data has not the length of a key with its checksums";
            exchange
                .findings
                .push(Finding::warning("key_data", text).field("KeyData"));
        }
    }
}

/// The reading without a bad verdict that its checks prove best, the first of equals; else the first of all.
pub(super) fn best<T>(
    readings: impl Iterator<Item = T>,
    reading: impl Fn(&T) -> &Reading,
) -> Option<T> {
    let (mut first, mut found) = (None, None);
    for candidate in readings {
        let seen = reading(&candidate);
        let Some(proof) = seen.proof() else {
            first = first.or(Some(candidate));
            continue;
        };
        if proof.1 > 0 && !seen.any(Verdict::Unknown) {
            return Some(candidate);
        }
        if found.as_ref().is_none_or(|(best, _)| proof > *best) {
            found = Some((proof, candidate));
        }
    }
    found.map(|(_, candidate)| candidate).or(first)
}

/// Opens with the first of `extents` whose checks fit, else with the first of all.
pub(super) fn fitting(extents: &[Extent], mut open: impl FnMut(Extent) -> Opened) -> Opened {
    let mut first = None;
    for extent in extents {
        let opened = open(*extent);
        let checks = [opened.mac.verdict, opened.crc.verdict, opened.padding];
        if !checks.contains(&Verdict::Bad) {
            return opened;
        }
        first = first.or(Some(opened));
    }
    first.unwrap_or_default()
}

/// The checks of a ChangeKey as those of a command; its plain text is known when the new key is.
pub(super) fn opened_key(key: Option<&OpenedKey>, known: bool) -> Opened {
    let (crc, padding) = match key {
        Some(key) => (key.crc, key.padding),
        None if known => (Check::failed(), Verdict::None),
        None => (Check::UNKNOWN, Verdict::Unknown),
    };
    Opened {
        crc,
        padding,
        ..Opened::default()
    }
}

/// A command that did not come whole.
pub(super) fn cut_off(exchange: &mut Exchange, message: &Message) {
    exchange.mode = message.granted;
    exchange.command = message
        .granted
        .filter(|mode| *mode != CommMode::Full)
        .map(|_| message.body.clone());
    exchange.response = exchange.status.map(|_| message.answer.clone());
    if message.granted != Some(CommMode::Plain) {
        exchange.verdicts.command_mac = Verdict::Unknown;
        let text = "The command did not come whole, its protection could not be checked";
        exchange
            .findings
            .push(Finding::warning("command_cut", text).field("data"));
    }
}

/// The mode does not show in the bytes.
pub(super) fn note_undecidable(exchange: &mut Exchange) {
    if exchange.mode.is_none() {
        let text = "The bytes do not tell the mode; the file's settings are not in the trace";
        exchange
            .findings
            .push(Finding::hint("mode_undecidable", text).field("mode"));
    }
}
