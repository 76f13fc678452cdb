//! Top-up at the server (top-up reference §4): select, authenticate, GetValue, Credit, WriteRecord, CommitTransaction.

use crate::command::{Amount, AmountKind, Chaining, Command, CommitAnswer, WriteRecord};
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Script, Step};
use crate::keyring::Keyring;
use crate::tmac::Operation;

use super::application::{AID, Form, RECORD_SIZE, file, reader_id, top_up_record};
use super::host::{Context, Ending, Messaging, TmvCheck, Unfinished, settle};

/// A booked top-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Balance before.
    pub before: i32,
    /// Balance after.
    pub after: i32,
    /// Transaction counter and MAC as the card returned them.
    pub commit: CommitAnswer,
    /// Whether the recomputed TMV fits.
    pub tmv: TmvCheck,
    /// The reader that committed before, as the card told it under SesTMENCKey; zeros before the first one. Only where
    /// commits name their reader. A TMV that fits proves it, because EncTMRI is part of the TMI.
    pub previous_reader: Option<[u8; 16]>,
}

/// The server's script.
#[derive(Debug)]
pub struct TopUp {
    context: Context,
    amount: i32,
    time_ms: u64,
    limit: Option<i32>,
    before: i32,
    at: At,
    ending: Option<Ending<Booked>>,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Arrive,
    Authenticate,
    /// Only where commits name their reader.
    CommitReaderId,
    GetValue,
    Credit,
    WriteRecord,
    Commit,
}

impl TopUp {
    /// `amount` in cents; with a `limit` the server refuses an amount above it without asking the card.
    pub fn new(
        keyring: Keyring,
        entropy: Box<dyn Entropy>,
        amount: i32,
        time_ms: u64,
        limit: Option<i32>,
    ) -> Self {
        let context = Context::new(keyring, entropy);
        Self {
            context,
            amount,
            time_ms,
            limit,
            before: 0,
            at: At::Arrive,
            ending: None,
        }
    }

    /// With other secure messaging than that of EV2.
    #[must_use]
    pub const fn over(mut self, messaging: Messaging) -> Self {
        self.context.messaging = messaging;
        self
    }

    /// On a card with another form of the application.
    #[must_use]
    pub const fn of(mut self, form: Form) -> Self {
        self.context.form = form;
        self
    }

    /// How it ended; `None` before the end.
    pub fn ending(self) -> Option<Ending<Booked>> {
        self.ending
    }

    fn step(&mut self, last: Option<&Outcome>) -> Ending<Step> {
        let data = self.context.check(last)?;
        let context = &mut self.context;
        let (at, step) = match self.at {
            At::Arrive if self.amount < 1 => return Err(Unfinished::Amount(self.amount)),
            At::Arrive => {
                let key_no = context.form.server_key();
                match context.arrive(AID, key_no, data)? {
                    Some(step) => (At::Arrive, step),
                    None => (At::Authenticate, context.authenticate(AID, key_no)?),
                }
            }
            At::Authenticate if context.form.names_reader() => (
                At::CommitReaderId,
                context.commit_reader_id(reader_id::SERVER),
            ),
            At::Authenticate => (At::GetValue, context.ask_balance()),
            At::CommitReaderId => {
                context.named_reader(reader_id::SERVER, &data)?;
                (At::GetValue, context.ask_balance())
            }
            At::GetValue => (At::Credit, self.credit(&data)?),
            At::Credit => (At::WriteRecord, self.log()),
            At::WriteRecord => (At::Commit, context.commit()),
            At::Commit => {
                let (commit, tmv) = context.committed(AID, &data)?;
                let previous_reader = context.previous_reader(AID, commit.tmc);
                let (before, after) = (self.before, self.before.saturating_add(self.amount));
                self.ending = Some(Ok(Booked {
                    before,
                    after,
                    commit,
                    tmv,
                    previous_reader,
                }));
                (At::Commit, Step::Done)
            }
        };
        self.at = at;
        Ok(step)
    }

    fn credit(&mut self, data: &[u8]) -> Ending<Step> {
        self.before = self.context.balance(data)?;
        if let Some(limit) = self.limit {
            let room = limit.saturating_sub(self.before);
            if self.amount > room {
                return Err(Unfinished::AboveLimit {
                    amount: self.amount,
                    balance: self.before,
                    limit,
                    room,
                });
            }
        }
        let credit = Amount {
            kind: AmountKind::Credit,
            file_no: file::VALUE,
            amount: self.amount,
        };
        self.context.ledger.append(&Operation::Value {
            ins: 0x6C,
            file_no: file::VALUE,
            value: self.before,
        });
        self.context.ledger.append(&Operation::Value {
            ins: 0x0C,
            file_no: file::VALUE,
            value: self.amount,
        });
        Ok(self.context.send(Command::Amount(credit)))
    }

    fn log(&mut self) -> Step {
        let data = top_up_record(self.time_ms, self.amount);
        let file_no = file::TOP_UP_LOG;
        self.context.ledger.append(&Operation::Data {
            ins: 0x3B,
            file_no,
            offset: 0,
            data: &data,
        });
        let write = WriteRecord {
            chaining: Chaining::Native,
            file_no,
            offset: 0,
            length: RECORD_SIZE,
            data,
        };
        self.context.send(Command::WriteRecord(write))
    }
}

impl Script for TopUp {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        let step = self.step(last);
        settle(step, &mut self.ending)
    }
}
