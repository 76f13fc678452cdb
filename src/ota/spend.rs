//! Spending at a terminal (top-up reference §5): ReadData, GetValue, Debit, WriteRecord, CommitTransaction.

use crate::command::{Amount, AmountKind, Chaining, Command, ReadData, WriteRecord};
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Script, Step};
use crate::keyring::Keyring;
use crate::tmac::Operation;

use super::application::{AID, Form, HEADER_SIZE, RECORD_SIZE, file, key, reader_id, spend_record};
use super::host::{Context, Ending, Unfinished, settle};
use super::topup::Booked;

/// The terminal's script.
#[derive(Debug)]
pub struct Spend {
    context: Context,
    amount: i32,
    time_ms: u64,
    reader: [u8; 4],
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
    ReadData,
    GetValue,
    Debit,
    WriteRecord,
    Commit,
}

impl Spend {
    /// `amount` in cents; `reader` goes into the log.
    pub fn new(
        keyring: Keyring,
        entropy: Box<dyn Entropy>,
        amount: i32,
        time_ms: u64,
        reader: [u8; 4],
    ) -> Self {
        let context = Context::new(keyring, entropy);
        Self {
            context,
            amount,
            time_ms,
            reader,
            before: 0,
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
    pub fn ending(self) -> Option<Ending<Booked>> {
        self.ending
    }

    fn step(&mut self, last: Option<&Outcome>) -> Ending<Step> {
        let data = self.context.check(last)?;
        let context = &mut self.context;
        let (at, step) = match self.at {
            At::Arrive if self.amount < 1 => return Err(Unfinished::Amount(self.amount)),
            At::Arrive => match context.arrive(AID, key::READ, data)? {
                Some(step) => (At::Arrive, step),
                None => (At::Authenticate, context.authenticate(AID, key::READ)?),
            },
            At::Authenticate if context.form.names_reader() => (
                At::CommitReaderId,
                context.commit_reader_id(reader_id::TERMINAL),
            ),
            At::Authenticate => (At::ReadData, context.send(read_header())),
            At::CommitReaderId => {
                context.named_reader(reader_id::TERMINAL, &data)?;
                (At::ReadData, context.send(read_header()))
            }
            At::ReadData => {
                context.ledger.append(&Operation::Data {
                    ins: 0xBD,
                    file_no: file::HEADER,
                    offset: 0,
                    data: &data,
                });
                (At::GetValue, context.ask_balance())
            }
            At::GetValue => (At::Debit, self.debit(&data)?),
            At::Debit => (At::WriteRecord, self.log()),
            At::WriteRecord => (At::Commit, context.commit()),
            At::Commit => {
                let (commit, tmv) = context.committed(AID, &data)?;
                let previous_reader = context.previous_reader(AID, commit.tmc);
                let (before, after) = (self.before, self.before.saturating_sub(self.amount));
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

    fn debit(&mut self, data: &[u8]) -> Ending<Step> {
        self.before = self.context.balance(data)?;
        let debit = Amount {
            kind: AmountKind::Debit,
            file_no: file::VALUE,
            amount: self.amount,
        };
        self.context.ledger.append(&Operation::Value {
            ins: 0x6C,
            file_no: file::VALUE,
            value: self.before,
        });
        self.context.ledger.append(&Operation::Value {
            ins: 0xDC,
            file_no: file::VALUE,
            value: self.amount,
        });
        Ok(self.context.send(Command::Amount(debit)))
    }

    fn log(&mut self) -> Step {
        let data = spend_record(self.reader, self.time_ms, self.amount);
        let file_no = file::SPEND_LOG;
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

impl Script for Spend {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        let step = self.step(last);
        settle(step, &mut self.ending)
    }
}

fn read_header() -> Command {
    Command::ReadData(ReadData {
        chaining: Chaining::Native,
        file_no: file::HEADER,
        offset: 0,
        length: HEADER_SIZE,
    })
}
