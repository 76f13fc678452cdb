//! What came of the lines: what each adds, or why it does not count.

use std::fmt;

use crate::apdu::Status;
use crate::card::Aid;
use crate::command::CommitAnswer;
use crate::crypto::aes::BLOCK;
use crate::tmac::Added;

/// What the lines do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Application of the TransactionMAC file; commands of others do not count.
    pub aid: Option<Aid>,
    /// Number of the TransactionMAC file.
    pub tmac_file: Option<u8>,
    /// Whether the TransactionMAC file leaves out what is done without a session.
    pub only_authenticated: bool,
    /// EncTMRI of a CommitReaderID whose answer does not stand in its line.
    pub enc_tmri: Option<[u8; BLOCK]>,
}

/// What came of all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// One for each command or remark, in order.
    pub entries: Vec<Entry>,
    /// Transactions: how many there are, the open one at the end among them when something counts in it.
    pub transactions: usize,
    /// Whether a CommitReaderID counts without EncTMRI because nothing says whether a session was open.
    pub assumes_no_session: bool,
}

impl Told {
    /// The entries of a transaction, from 0.
    pub fn transaction(&self, number: usize) -> impl Iterator<Item = &Entry> {
        let own = move |entry: &&Entry| entry.transaction == number;
        self.entries.iter().filter(own)
    }

    /// The TMI of a transaction, from 0.
    pub fn tmi(&self, number: usize) -> Vec<u8> {
        let effects = self.transaction(number).map(|entry| &entry.effect);
        let added = effects.filter_map(|effect| match effect {
            Effect::Adds { added, .. } => Some(added.bytes.as_slice()),
            _ => None,
        });
        added.flatten().copied().collect()
    }

    /// TMC and TMV that the commit of a transaction was answered with, where its line says them.
    pub fn commit(&self, number: usize) -> Option<CommitAnswer> {
        self.transaction(number)
            .find_map(|entry| match entry.effect {
                Effect::Commits(answer) => answer,
                _ => None,
            })
    }
}

/// A line and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the line, from 1.
    pub line: usize,
    /// The data sheet's name, with the file number where there is one.
    pub name: String,
    /// Transaction, from 0.
    pub transaction: usize,
    /// What it does.
    pub effect: Effect,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It adds to the TMI.
    Adds {
        /// The bytes.
        added: Added,
        /// The head as it was sent, where Length 0 or count 0 was replaced.
        as_sent: Option<Vec<u8>>,
    },
    /// It does not count.
    Nothing(Reason),
    /// It ends the transaction; TMC and TMV when they were asked for and stand in the line.
    Commits(Option<CommitAnswer>),
    /// It adds nothing and tells where the others belong.
    Context,
}

/// Why a command does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The card refused it.
    Refused(Status),
    /// Nobody knows whether the card did it.
    Lost,
    /// It reads the TransactionMAC file.
    TmacFile,
    /// Another application was selected.
    Other(Aid),
    /// No session, and the TransactionMAC file leaves such commands out.
    Unauthenticated,
    /// Commands of its kind never count.
    Never,
    /// AbortTransaction in this line dropped it.
    Aborted(usize),
    /// The selection in this line dropped it.
    Selected(usize),
    /// The refused command in this line dropped it.
    Dropped(usize, Status),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => match status.meaning() {
                Some(meaning) => write!(f, "refused with {status}, {}", meaning.name),
                None => write!(f, "refused with {status}"),
            },
            Self::Lost => f.write_str("no answer: whether the card did it is unknown"),
            Self::TmacFile => f.write_str("reads the TransactionMAC file itself"),
            Self::Other(aid) => write!(f, "application {aid} is selected, not that of the file"),
            Self::Unauthenticated => f.write_str(
                "no session is open, and the TransactionMAC file leaves such commands out",
            ),
            Self::Never => f.write_str("commands of this kind never count"),
            Self::Aborted(line) => write!(f, "AbortTransaction in line {line} dropped it"),
            Self::Selected(line) => write!(f, "the selection in line {line} dropped it"),
            Self::Dropped(line, status) => {
                write!(
                    f,
                    "line {line} was refused with {status}, which drops the transaction"
                )
            }
        }
    }
}
