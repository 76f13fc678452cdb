//! The next contact after a lost commit (top-up reference §4, step 9): the TransactionMAC file tells
//! whether the card committed the transaction whose TMI the server kept.

use crate::bytes::Reader;
use crate::card::CommMode;
use crate::command::{Chaining, Command, CommitAnswer, ReadData};
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Script, Step};
use crate::keyring::Keyring;
use crate::tmac;

use super::application::{AID, Form, file};
use super::host::{Context, Ending, Unfinished, settle};

/// What the card's TMC and TMV say about the lost commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The transaction was committed: the stored TMV is that of the kept TMI.
    pub committed: bool,
    /// The card's TMC and TMV.
    pub tmac: CommitAnswer,
    /// The card's balance.
    pub balance: i32,
}

/// The server's script.
#[derive(Debug)]
pub struct Decide {
    context: Context,
    tmi: Vec<u8>,
    tmac: Option<CommitAnswer>,
    at: At,
    ending: Option<Ending<Decision>>,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Arrive,
    Authenticate,
    ReadTmac,
    GetValue,
}

impl Decide {
    /// `tmi` is that of the transaction whose commit is unknown.
    pub fn new(keyring: Keyring, entropy: Box<dyn Entropy>, tmi: Vec<u8>) -> Self {
        Self {
            context: Context::new(keyring, entropy),
            tmi,
            tmac: None,
            at: At::Arrive,
            ending: None,
        }
    }

    /// On a card with another form of the application.
    #[must_use]
    pub const fn of(mut self, form: Form) -> Self {
        self.context.form = form;
        self
    }

    /// How it ended; `None` before the end.
    pub fn ending(self) -> Option<Ending<Decision>> {
        self.ending
    }

    fn step(&mut self, last: Option<&Outcome>) -> Ending<Step> {
        let data = self.context.check(last)?;
        let context = &mut self.context;
        let (at, step) = match self.at {
            At::Arrive => {
                let key_no = context.form.server_key();
                match context.arrive(AID, key_no, data)? {
                    Some(step) => (At::Arrive, step),
                    None => (At::Authenticate, context.authenticate(AID, key_no)?),
                }
            }
            At::Authenticate => {
                let read = ReadData {
                    chaining: Chaining::Native,
                    file_no: file::TMAC,
                    offset: 0,
                    length: 12,
                };
                // Read is free, hence plain inside the session (DESFire reference §5.1).
                (
                    At::ReadTmac,
                    context.send_in(Command::ReadData(read), CommMode::Plain),
                )
            }
            At::ReadTmac => {
                let tmac = Reader::all("ReadData", &data, CommitAnswer::read);
                self.tmac = Some(tmac.map_err(|error| context.malformed(&error))?);
                (At::GetValue, context.ask_balance())
            }
            At::GetValue => {
                let balance = context.balance(&data)?;
                self.decide(balance)?;
                (At::GetValue, Step::Done)
            }
        };
        self.at = at;
        Ok(step)
    }

    fn decide(&mut self, balance: i32) -> Ending<()> {
        let missing = || Unfinished::NoKey {
            aid: AID,
            key_no: 0,
            why: ": no TransactionMAC key".into(),
        };
        let (key, _) = self.context.tmac_key(AID).ok_or_else(missing)?;
        if let Some(tmac) = self.tmac {
            let keys = tmac::session_keys(&key, tmac.tmc, &self.context.uid).result;
            let committed = tmac::tmv(&keys, &self.tmi).result == tmac.tmv;
            self.ending = Some(Ok(Decision {
                committed,
                tmac,
                balance,
            }));
        }
        Ok(())
    }
}

impl Script for Decide {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        let step = self.step(last);
        settle(step, &mut self.ending)
    }
}
