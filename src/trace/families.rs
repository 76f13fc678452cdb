//! Commands that are not DESFire's own: ISO 7816-4 and the reader's pseudo-APDUs.

use crate::apdu::Status;
use crate::card::Aid;
use crate::command::{self, Command, Select};
use crate::keyring::Keyring;

use super::exchange::Exchange;
use super::iso_auth;
use super::pending::Pending;
use super::state::{Selection, State, note_status, plain};

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
        let selected =
            exchange.ins == Select::INS && exchange.status.is_some_and(Status::is_success);
        let [p1, _] = exchange.p1p2;
        if selected && p1 == Select::BY_NAME {
            self.end_session();
            self.transaction.reset();
            self.selection = Selection::Name(pending.command.clone());
            exchange.aid = None;
            exchange.df_name = Some(pending.command.clone());
        } else if selected
            && p1 == 0
            && (pending.command.is_empty() || pending.command == [0x3F, 0x00])
        {
            self.end_session();
            self.transaction.reset();
            self.selection = Selection::Application(Aid::PICC);
            exchange.aid = Some(Aid::PICC);
            exchange.df_name = None;
        }
        exchange.header_len = pending.command.len();
        plain(exchange, pending);
        exchange.mode = None;
        note_status(exchange);
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
            let uid = exchange.response.clone().filter(|uid| uid.len() == 7);
            match (status.is_success(), uid) {
                (true, Some(uid)) => self.card.uid = Some(uid),
                (true, None) => {}
                (false, _) => self.card.uid = None,
            }
        }
    }
}
