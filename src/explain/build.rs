//! From a row to the messages that are to be explained.

use std::cell::RefCell;

use crate::apdu::{Family, Status};
use crate::card::settings::FileSettings;
use crate::card::{CommMode, KeyType};
use crate::command::{self, Rule};
use crate::crypto::Secret;
use crate::crypto::cipher::Cipher;
use crate::keyring::Keyring;
use crate::secure_messaging::{KeyForm, Verdict};
use crate::trace::{self, Event, Exchange, Lengths, SessionProof, key_forms};

use super::chain::{self, Spot};
use super::message::{Around, ChangedKey, Channel, Extent, Form, Message};
use super::mistake::Side;
use super::recipe::{Flavour, Iv, Recipe};
use super::{around, checks, known};

/// A row of a session whose keys are known.
pub(super) struct InSession<'a> {
    pub(super) rows: &'a [Exchange],
    pub(super) at: usize,
    pub(super) row: &'a Exchange,
    events: &'a [Event],
    keyring: &'a Keyring,
    session: SessionProof,
    pub(super) channel: Channel,
    pub(super) rule: Option<Rule>,
    /// The settings of the row's file, with the place of the row that shows them.
    settings: Option<(usize, FileSettings)>,
    pub(super) lengths: Lengths,
    /// The command's body as sent.
    pub(super) body: Vec<u8>,
    pub(super) header_len: usize,
}

impl<'a> InSession<'a> {
    /// `None` for a row outside of a session, or in one whose keys are not known.
    pub(super) fn new(
        rows: &'a [Exchange],
        at: usize,
        events: &'a [Event],
        keyring: &'a Keyring,
    ) -> Option<Self> {
        let row = rows.get(at)?;
        let channel = channel(row.channel?)?;
        if row.authentication.is_some() || row.is_authentication() {
            return None;
        }
        let session = trace::prove(rows, at, events, &keyring.sessions)?.session;
        let body = row.framed_command(events);
        let spec = command::spec(row.ins).filter(|_| row.family == Family::Desfire);
        let settings = known::settings(rows, at, &body);
        let lengths = Lengths::of(row.ins, &body, settings.as_ref().map(|(_, known)| known));
        let header_len = spec.map_or(row.header_len, |spec| spec.header_len(body.len()));
        Some(Self {
            rows,
            at,
            row,
            events,
            keyring,
            session,
            channel,
            rule: spec.map(|spec| spec.rule),
            settings,
            lengths,
            body,
            header_len,
        })
    }

    /// Number of the session's key.
    pub(super) fn key_no(&self) -> Option<u8> {
        self.row.key.as_ref()?.key_no
    }

    /// The command in every form that its lengths allow.
    pub(super) fn commands(&self) -> Vec<Message> {
        if self.row.family == Family::Iso {
            return Vec::new();
        }
        self.messages(Side::Command, self.row.ins, &self.body, self.header_len)
    }

    /// The answer in every form that its lengths allow.
    pub(super) fn responses(&self, events: &[Event]) -> Vec<Message> {
        let code = match self.row.status {
            Some(Status::Iso(_)) => Some(0),
            status => status.and_then(Status::code),
        };
        let body = self.row.framed_response(events);
        code.map_or_else(Vec::new, |code| {
            self.messages(Side::Response, code, &body, 0)
        })
    }

    fn messages(&self, side: Side, code: u8, body: &[u8], start: usize) -> Vec<Message> {
        let forms = [Form::Mac, Form::Full].into_iter();
        forms
            .flat_map(|form| self.messages_in(side, form, code, body, start))
            .collect()
    }

    /// The message in one form, once for all that the key in a ChangeKey may be.
    fn messages_in(
        &self,
        side: Side,
        form: Form,
        code: u8,
        body: &[u8],
        start: usize,
    ) -> Vec<Message> {
        let is_change = matches!(self.row.ins, 0xC4 | 0xC6) && side == Side::Command;
        let keys = if !is_change || form == Form::Mac {
            vec![None]
        } else if self.key_no().is_some() {
            let header = body.get(..start.min(body.len())).unwrap_or_default();
            self.changed_keys(header).into_iter().map(Some).collect()
        } else {
            // In a session whose key has no number nothing tells the form of the key data.
            Vec::new()
        };
        keys.into_iter()
            .filter_map(|key| self.message(side, form, code, (body, start), key))
            .collect()
    }

    fn message(
        &self,
        side: Side,
        form: Form,
        code: u8,
        (body, start): (&[u8], usize),
        key: Option<ChangedKey>,
    ) -> Option<Message> {
        let (block, mac_len) = match self.channel {
            Channel::Ev2 | Channel::Ev1(KeyType::Aes128) => (16, 8),
            Channel::Ev1(_) => (8, 8),
            Channel::D40 => (8, 4),
        };
        let has_mac = form == Form::Mac || self.channel == Channel::Ev2;
        let end = body.len().checked_sub(if has_mac { mac_len } else { 0 })?;
        let start = start.min(end);
        let (protected, mac) = body.split_at_checked(end)?;
        let (header, data) = protected.split_at_checked(start)?;
        let is_sent = match side {
            Side::Command => self.is_sent(form, data.len()),
            Side::Response => self.is_answered(form, data.len()),
        };
        if !is_sent || !checks::can_be_sealed(form, data, block) {
            return None;
        }
        let spot = self.spot(side);
        let rules = self.rules(spot, key.as_ref().map(|key| key.form))?;
        Some(Message {
            channel: self.channel,
            side,
            form,
            code,
            header: header.to_vec(),
            data: data.to_vec(),
            mac: has_mac.then(|| mac.to_vec()),
            extent: self.extent(side, data.len()),
            around: self.around(spot, &rules.mac),
            rules,
            key,
            last_key: RefCell::default(),
        })
    }

    /// Whether a command in this form is one that the channel protects.
    fn is_sent(&self, form: Form, data: usize) -> bool {
        let announced = self.lengths.command;
        let is_ev2 = self.channel == Channel::Ev2;
        match (self.rule, form) {
            (Some(Rule::Plain | Rule::Authentication), _) => false,
            (Some(Rule::Full), Form::Full) => true,
            (Some(Rule::Full), Form::Mac) => is_ev2 && data == 0,
            (Some(Rule::FullUnlessFree), form) => form == Form::Full,
            (Some(Rule::Mac) | None, form) => is_ev2 && form == Form::Mac,
            (Some(Rule::File), Form::Mac) if is_ev2 && announced == Some(0) => true,
            (Some(Rule::File), Form::Mac) => announced.is_none_or(|len| len == data) && data > 0,
            (Some(Rule::File), Form::Full) => announced.is_none_or(|len| len > 0 && len <= data),
        }
    }

    /// Whether an answer in this form is one that the channel protects.
    fn is_answered(&self, form: Form, data: usize) -> bool {
        let is_d40 = self.channel == Channel::D40;
        let has_data = self.has_command_data();
        let announced = self.lengths.response;
        match (self.rule, form) {
            (Some(Rule::Plain | Rule::Authentication), _) => false,
            (Some(Rule::Mac | Rule::FullUnlessFree) | None, form) => form == Form::Mac && !is_d40,
            (Some(Rule::Full), Form::Mac) => !is_d40 && (has_data || data == 0),
            (Some(Rule::Full), Form::Full) => !has_data,
            (Some(Rule::File), Form::Mac) if has_data => !is_d40,
            (Some(Rule::File), Form::Mac) => announced.is_none_or(|len| len == data),
            (Some(Rule::File), Form::Full) => {
                !has_data && announced.is_none_or(|len| len <= data) && data > 0
            }
        }
    }

    fn has_command_data(&self) -> bool {
        let mac = if self.channel == Channel::Ev2 { 8 } else { 0 };
        let is_longer = self.body.len() > self.header_len + mac;
        let unknown = self.rule == Some(Rule::Full) && is_longer;
        self.lengths
            .command
            .map_or(unknown, |announced| announced > 0)
    }

    fn extent(&self, side: Side, data: usize) -> Extent {
        let option = self.body.first().copied();
        let known = match (side, self.row.ins, option) {
            (Side::Command, 0x5F, _) if data <= 16 && self.channel != Channel::Ev2 => Some(3),
            (Side::Command, 0x54, _) | (Side::Command, 0x5C, Some(0)) => Some(1),
            (Side::Command, 0x5C, Some(1)) => Some(25),
            (Side::Command, 0x5C, Some(2)) => return Extent::Marked,
            (Side::Command, 0xCE, _) => Some(17),
            (Side::Command, ..) => self.lengths.command,
            (Side::Response, 0x51, _) => Some(7),
            (Side::Response, ..) if self.lengths.asks_for_all && self.channel != Channel::Ev2 => {
                return Extent::Marked;
            }
            (Side::Response, ..) => self.lengths.response,
        };
        known.map_or(Extent::Unknown, Extent::Known)
    }

    fn spot(&self, side: Side) -> Spot<'a> {
        Spot {
            rows: self.rows,
            events: self.events,
            at: self.at,
            opened: self.session.keyed,
            side,
        }
    }

    fn rules(&self, spot: Spot<'_>, key: Option<KeyForm>) -> Option<Recipe> {
        let cut = checks::cut(self.channel);
        let kind = key.map_or(KeyType::Aes128, |form| form.kind);
        if self.channel != Channel::Ev2 {
            let key = self.session.session_key.clone()?;
            let block = if self.channel == Channel::Ev1(KeyType::Aes128) {
                16
            } else {
                8
            };
            let (iv, crc) = match self.channel {
                Channel::D40 => (vec![0; 8], Flavour::Crc16),
                _ => (spot.right(block)?, Flavour::Crc32),
            };
            return Some(Recipe::new(key.clone(), key, Iv::Given(iv), cut, crc, kind));
        }
        let mac = self.session.mac.clone()?;
        let enc = self.session.enc.clone().unwrap_or_else(|| Secret::new([]));
        let ti = self.session.ti?;
        let ctr = match spot.side {
            Side::Command => self.expected_ctr()?,
            Side::Response => self.row.ctr?.checked_add(1)?,
        };
        let mut recipe = Recipe::new(enc, mac, Iv::Made, cut, Flavour::Crc32, kind);
        recipe.ti = Some(ti);
        recipe.iv_ti = ti;
        recipe.ctr = ctr.to_le_bytes();
        recipe.iv_ctr = recipe.ctr;
        Some(recipe)
    }

    /// CmdCtr as the row before it leaves it; the fold takes over a later one that fits.
    fn expected_ctr(&self) -> Option<u16> {
        let findings = self.row.findings.iter();
        let mut gaps = findings.filter(|finding| finding.code == "counter_gap");
        let before = gaps.next().and_then(|gap| gap.expected.as_deref());
        // A card that accepts the later one has seen the commands that are missing in the trace.
        let refused = self.row.status.is_some_and(|status| !status.is_success());
        before
            .filter(|_| refused)
            .and_then(|text| text.parse().ok())
            .or(self.row.ctr)
    }

    fn changed_keys(&self, header: &[u8]) -> Vec<ChangedKey> {
        let Some(&key_no) = header.last().filter(|_| self.row.family != Family::Iso) else {
            return Vec::new();
        };
        let at_picc = match (self.row.aid, &self.row.df_name) {
            (Some(aid), _) => Some(aid.is_picc()),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        let session = match self.channel {
            Channel::Ev1(kind) => kind,
            Channel::D40 => KeyType::TwoKey3Des,
            Channel::Ev2 => KeyType::Aes128,
        };
        let mut forms = key_forms(at_picc, self.row.ins, header, self.key_no(), session);
        if self.channel == Channel::Ev2 {
            forms.truncate(1);
            for form in &mut forms {
                form.kind = KeyType::Aes128;
            }
        }
        let keys = known::keys(self.rows, self.at, self.keyring, key_no & 0x3F);
        let (old, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.is_here);
        let values = |keys: Vec<known::Known>| keys.into_iter().map(|known| known.key).collect();
        let (old, others): (Vec<Secret>, Vec<Secret>) = (values(old), values(others));
        let changed = forms.into_iter().map(|form| ChangedKey {
            form,
            key_no,
            old: old.clone(),
            others: others.clone(),
            at_picc: at_picc == Some(true),
            is_refused: self.row.status.is_some_and(|status| !status.is_success()),
        });
        changed.collect()
    }

    fn around(&self, spot: Spot<'_>, key: &Secret) -> Around {
        let mut openings = around::openings(self.rows, self.at);
        let is_own = |opening: &super::message::Opening| Some(opening.row) == self.session.keyed;
        let own = openings
            .iter()
            .position(is_own)
            .map(|own| openings.remove(own));
        let is_ev1 = matches!(self.channel, Channel::Ev1(_));
        let history = is_ev1.then(|| spot.history());
        let is_d40 = self.channel == Channel::D40;
        let carried = is_d40.then(|| chain::carried(spot, key));
        Around {
            at: self.at,
            started: self.session.started,
            opening: own,
            sessions: openings,
            history: history.unwrap_or_default(),
            carried: carried.unwrap_or_default(),
            is_alone: match spot.side {
                Side::Command => self.row.verdicts.response_mac != Verdict::Bad,
                Side::Response => self.row.verdicts.command_mac != Verdict::Bad,
            },
            zero_later: self.zero_later(key),
        }
    }

    /// Whether the next answer of the session has a MAC from a zero IV; `None` where there is none that could tell.
    fn zero_later(&self, key: &Secret) -> Option<bool> {
        let later = self.rows.get(self.at + 1..)?;
        let next = later.iter().find(|row| row.reader == self.row.reader)?;
        let same = next.channel == self.row.channel && next.authentication.is_none();
        let cipher = match self.channel {
            Channel::Ev1(KeyType::Aes128) => Cipher::aes(key.expose())?,
            Channel::Ev1(_) => Cipher::des(key.expose())?,
            Channel::D40 | Channel::Ev2 => return None,
        };
        let body = next.framed_response(self.events);
        let (data, mac) = body.split_last_chunk::<8>()?;
        let code = next.status.filter(|_| same)?.code()?;
        let own = cipher.cmac(&cipher.zero(), &[data, &[code]]);
        Some(own.as_ref().starts_with(mac))
    }

    /// Whether the fold took another length of the answer than the command tells, because a checksum fits there.
    pub(super) fn has_other_length(&self) -> bool {
        let is_sealed = self.row.mode == Some(CommMode::Full) && !self.has_command_data();
        let got = self.row.response.as_ref().map(Vec::len);
        is_sealed && got.is_some() && self.lengths.response.is_some_and(|len| Some(len) != got)
    }

    /// The row's mode as the rights of its file ask for, with the place of the row that shows them.
    pub(super) fn granted(&self) -> Option<(usize, CommMode)> {
        let (place, settings) = self.settings.as_ref()?;
        let mode = trace::granted(settings, self.row.ins, self.key_no())?;
        Some((*place, mode))
    }
}

fn channel(name: &str) -> Option<Channel> {
    Some(match name {
        "ev2" => Channel::Ev2,
        "d40" => Channel::D40,
        "ev1-des" => Channel::Ev1(KeyType::Des),
        "ev1-2k3des" => Channel::Ev1(KeyType::TwoKey3Des),
        "ev1-3k3des" => Channel::Ev1(KeyType::ThreeKey3Des),
        "ev1-aes" => Channel::Ev1(KeyType::Aes128),
        _ => return None,
    })
}
