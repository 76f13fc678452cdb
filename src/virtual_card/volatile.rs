//! What a card forgets when the field goes off.

use super::transaction::Transaction;
use crate::card::{Aid, CommMode};
use crate::secure_messaging::Ev2;
use crate::secure_messaging::handshake::CardFirst;

/// Volatile state.
#[derive(Debug)]
pub(super) struct Volatile {
    /// Selected application; the PICC level after power-up.
    pub(super) selected: Aid,
    /// Open session.
    pub(super) session: Option<Session>,
    /// Open chain.
    pub(super) chain: Chain,
    /// Pending changes of the selected application.
    pub(super) transaction: Transaction,
}

impl Default for Volatile {
    fn default() -> Self {
        Self {
            selected: Aid::PICC,
            session: None,
            chain: Chain::None,
            transaction: Transaction::default(),
        }
    }
}

impl Volatile {
    /// What a status other than success does: session, chain and pending changes are gone.
    pub(super) fn fail(&mut self) {
        self.session = None;
        self.chain = Chain::None;
        self.transaction.clear();
    }

    /// Selects a level: like [`Volatile::fail`], and another application is current.
    pub(super) fn select(&mut self, aid: Aid) {
        self.fail();
        self.selected = aid;
    }

    /// Key number of the open session.
    pub(super) fn session_key(&self) -> Option<u8> {
        self.session.as_ref().map(|session| session.key_no)
    }
}

/// An EV2 session.
#[derive(Debug)]
pub(super) struct Session {
    /// The key that opened it.
    pub(super) key_no: u8,
    /// Secure messaging.
    pub(super) ev2: Ev2,
}

/// A command that needs more frames.
#[derive(Debug, Default)]
pub(super) enum Chain {
    /// None.
    #[default]
    None,
    /// More of a command's data is awaited.
    Command(Collected),
    /// More of an answer waits to be fetched, in reverse order.
    Answer(Vec<Vec<u8>>),
    /// The host's token is awaited.
    Authentication(Box<Authentication>),
}

/// The part of a command that has come.
#[derive(Debug)]
pub(super) struct Collected {
    /// Command code.
    pub(super) ins: u8,
    /// Mode, decided by the first frame.
    pub(super) mode: CommMode,
    /// Length of the whole body.
    pub(super) need: usize,
    /// The body so far.
    pub(super) body: Vec<u8>,
}

/// An authentication between its two parts.
#[derive(Debug)]
pub(super) struct Authentication {
    /// The key.
    pub(super) key_no: u8,
    /// Cryptograms.
    pub(super) handshake: CardFirst,
    /// How it goes on.
    pub(super) kind: AuthenticationKind,
}

/// First or NonFirst.
#[derive(Debug)]
pub(super) enum AuthenticationKind {
    /// Opens a session; holds PCDcap2 as it is echoed.
    First([u8; 6]),
    /// Renews this session.
    NonFirst(Box<Session>),
}
