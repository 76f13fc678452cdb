//! What a card forgets when the field goes off.

use super::transaction::Transaction;
use crate::card::{Aid, CommMode};
use crate::secure_messaging::handshake::{AuthKey, CardFirst, d40, ev1, iso};
use crate::secure_messaging::{Channel, Ev2};

/// Volatile state.
#[derive(Debug)]
pub(super) struct Volatile {
    /// Selected application; the PICC level after power-up.
    pub(super) selected: Aid,
    /// The file that an ISO command has selected in it.
    pub(super) file: Option<u8>,
    /// Open session.
    pub(super) session: Option<Session>,
    /// Open chain.
    pub(super) chain: Chain,
    /// How far an ISO 7816-4 authentication has come.
    pub(super) iso: IsoProgress,
    /// Pending changes of the selected application.
    pub(super) transaction: Transaction,
}

impl Default for Volatile {
    fn default() -> Self {
        Self {
            selected: Aid::PICC,
            file: None,
            session: None,
            chain: Chain::None,
            iso: IsoProgress::None,
            transaction: Transaction::default(),
        }
    }
}

impl Volatile {
    /// What a status other than success does: session, chain and pending changes are gone.
    pub(super) fn fail(&mut self) {
        self.session = None;
        self.fail_in_session();
    }

    /// The same where the session stays: `9D` in a D40 session.
    pub(super) fn fail_in_session(&mut self) {
        self.chain = Chain::None;
        self.iso = IsoProgress::None;
        self.transaction.clear();
    }

    /// Selects a level: like [`Volatile::fail`], and another application is current.
    pub(super) fn select(&mut self, aid: Aid) {
        self.fail();
        self.selected = aid;
        self.file = None;
    }

    /// Key number of the open session.
    pub(super) fn session_key(&self) -> Option<u8> {
        self.session.as_ref().map(|session| session.key_no)
    }
}

/// An open session.
#[derive(Debug)]
pub(super) struct Session {
    /// The key that opened it.
    pub(super) key_no: u8,
    /// Secure messaging; never [`Channel::Plain`].
    pub(super) channel: Channel,
}

impl Session {
    /// The EV2 session.
    pub(super) fn ev2(&self) -> Option<&Ev2> {
        match &self.channel {
            Channel::Ev2(session) => Some(session),
            Channel::Plain | Channel::Ev1(_) | Channel::D40(_) => None,
        }
    }
}

/// GET CHALLENGE and EXTERNAL AUTHENTICATE, before INTERNAL AUTHENTICATE.
#[derive(Debug, Default)]
pub(super) enum IsoProgress {
    /// Nothing.
    #[default]
    None,
    /// RPICC1 was given.
    Challenge(Vec<u8>),
    /// The host has proved the key.
    External {
        key_no: u8,
        key: Box<AuthKey>,
        handshake: Box<iso::Card>,
        p1p2: [u8; 2],
    },
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
    /// Cryptograms, and how it goes on.
    pub(super) handshake: Handshake,
}

/// One of the two-part authentications.
#[derive(Debug)]
pub(super) enum Handshake {
    /// AuthenticateEV2First; holds PCDcap2 as it is echoed.
    First(CardFirst, [u8; 6]),
    /// AuthenticateEV2NonFirst; renews this session.
    NonFirst(CardFirst, Box<Ev2>),
    /// Authenticate of D40.
    D40(d40::Card),
    /// AuthenticateISO and AuthenticateAES.
    Ev1(ev1::Card),
}
