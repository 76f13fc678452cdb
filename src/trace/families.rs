//! Commands that are not DESFire's own: ISO 7816-4 and the reader's pseudo-APDUs.

use crate::apdu::Status;
use crate::card::Aid;
use crate::command::{self, AppendRecord, Command, ReadBinary, ReadRecord, Select, UpdateBinary};
use crate::keyring::Keyring;
use crate::secure_messaging::Verdict;

use super::exchange::Exchange;
use super::pending::Pending;
use super::state::{Selection, Session, State, note_status, plain};
use super::{ev1, iso_auth};

impl State {
    pub(super) fn iso(
        &mut self,
        exchange: &mut Exchange,
        pending: &mut Pending,
        keyring: &Keyring,
    ) {
        if exchange.is_iso_authentication() {
            return self.iso_authentication(exchange, pending, keyring);
        }
        self.iso = iso_auth::Progress::None;
        exchange.header_len = pending.command.len();
        let accepted = match exchange.status {
            Some(Status::Iso(word)) => matches!(word, 0x9000 | END_OF_FILE | DEACTIVATED),
            _ => false,
        };
        let reads = matches!(exchange.ins, ReadBinary::INS | ReadRecord::INS);
        let is_opaque = matches!(
            &self.session,
            Session::Opaque { channel, .. } if channel.is_none_or(|name| name.starts_with("ev1-"))
        );
        if reads && accepted && is_opaque {
            self.opaque(exchange, pending);
            // The command has no part in the session.
            exchange.command = Some(std::mem::take(&mut pending.command));
            exchange.verdicts.command_mac = Verdict::None;
            note_status(exchange);
            return;
        }
        if reads && accepted && ev1::decode_iso(self, exchange, pending, keyring) {
            note_status(exchange);
            return;
        }
        match exchange.ins {
            Select::INS if accepted => self.iso_select(exchange, &pending.command),
            ReadBinary::INS | ReadRecord::INS | UpdateBinary::INS | AppendRecord::INS => {
                let again =
                    matches!(exchange.status, Some(Status::Iso(word)) if word >> 8 == WRONG_LE);
                if !accepted && !again {
                    self.end_session();
                    self.transaction.reset();
                }
            }
            _ => {}
        }
        plain(exchange, pending);
        exchange.mode = None;
        note_status(exchange);
    }

    /// A SELECT that was accepted. A file identifier alone may be a file's or an application's: what the trace knows
    /// decides, and what it does not know is taken for a file inside an application, for an application at PICC level.
    fn iso_select(&mut self, exchange: &mut Exchange, data: &[u8]) {
        let [p1, p2] = exchange.p1p2;
        let select = Select {
            p1,
            p2,
            data: data.to_vec(),
            le: exchange.le,
        };
        let selection = match (p1, select.fid()) {
            _ if select.is_master() => Selection::Application(Aid::PICC),
            (Select::PARENT, _) => Selection::Application(Aid::PICC),
            (Select::BY_NAME, _) => match self.card.named(data) {
                Some(aid) => Selection::Application(aid),
                None => Selection::Name(data.to_vec()),
            },
            (Select::FILE, _) => return,
            (_, Some(fid)) if p1 == Select::BY_FID && self.may_be_file(fid) => return,
            (_, fid) => match fid.and_then(|fid| self.card.application_with(fid)) {
                Some(aid) => Selection::Application(aid),
                None => Selection::Unknown,
            },
        };
        self.end_session();
        self.transaction.reset();
        exchange.aid = selection.aid();
        exchange.df_name = (p1 == Select::BY_NAME).then(|| data.to_vec());
        self.selection = selection;
    }

    /// Whether an identifier is that of a file of the selected application, as far as the trace knows.
    fn may_be_file(&self, fid: u16) -> bool {
        let Some(aid) = self.selection.aid() else {
            return !matches!(self.selection, Selection::Unknown);
        };
        let known = self.card.applications.get(&aid);
        let of_file = known.is_some_and(|known| {
            let mut files = known.files.values();
            files.any(|file| file.iso_fid == Some(fid))
        });
        !aid.is_picc() && (of_file || self.card.application_with(fid).is_none())
    }

    fn iso_authentication(
        &mut self,
        exchange: &mut Exchange,
        pending: &mut Pending,
        keyring: &Keyring,
    ) {
        exchange.header_len = pending.command.len();
        plain(exchange, pending);
        exchange.mode = None;
        note_status(exchange);
        iso_auth::decode(self, exchange, keyring);
    }

    pub(super) fn reader(&mut self, exchange: &mut Exchange, pending: &mut Pending) {
        exchange.header_len = pending.command.len();
        exchange.aid = None;
        exchange.df_name = None;
        exchange.channel = None;
        plain(exchange, pending);
        exchange.mode = None;
        note_status(exchange);
        if let Some(Command::ReaderGetData(get)) = exchange.typed()
            && get.p1 == command::ReaderGetData::UID
            && let Some(status) = exchange.status
        {
            match (status.is_success(), exchange.shown_uid()) {
                (true, Some(uid)) => self.card.uid = Some(uid),
                (true, None) => {}
                (false, _) => self.card.uid = None,
            }
        }
    }
}

const END_OF_FILE: u16 = 0x6282;
const DEACTIVATED: u16 = 0x6283;
/// First byte of the status word that asks for another Le.
const WRONG_LE: u16 = 0x6C;
