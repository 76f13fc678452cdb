//! What came of the lines: what each adds, or why it does not count.

use std::fmt;

use crate::apdu::Status;
use crate::card::Aid;
use crate::command::CommitAnswer;
use crate::crypto::aes::BLOCK;
use crate::tmac::Added;

const ENC_TMRI: &str = "EncTMRI";

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
    /// Indexes of entries whose EncTMRI is that of [`Options`], not that of an answer.
    pub(super) standing_in: Vec<usize>,
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

    /// The transaction that is meant when none is named, from 0: the last committed one in which something counts, or
    /// the last of all.
    pub fn newest(&self) -> usize {
        let commits = |entry: &&Entry| matches!(entry.effect, Effect::Commits(_));
        let committed = self.entries.iter().rev().filter(commits);
        committed
            .map(|entry| entry.transaction)
            .find(|number| !self.tmi(*number).is_empty())
            .unwrap_or(self.transactions.saturating_sub(1))
    }

    /// EncTMRI of the CommitReaderID of a transaction, from 0, as its answer says it.
    pub fn answered_enc_tmri(&self, number: usize) -> Option<[u8; BLOCK]> {
        let entries = self.entries.iter().enumerate();
        let own = entries.filter(|(index, entry)| {
            entry.transaction == number && !self.standing_in.contains(index)
        });
        own.filter_map(|(_, entry)| match &entry.effect {
            Effect::Adds { added, .. } => added.bytes.get(added.range(ENC_TMRI)?)?.try_into().ok(),
            _ => None,
        })
        .next_back()
    }

    /// Whether EncTMRI of the options counts in a transaction, from 0.
    pub fn stands_in(&self, number: usize) -> bool {
        let mut entries = self
            .standing_in
            .iter()
            .filter_map(|index| self.entries.get(*index));
        entries
            .any(|entry| entry.transaction == number && matches!(entry.effect, Effect::Adds { .. }))
    }

    /// Puts this EncTMRI in the place of that of the options: it can be computed only once the counter is known.
    pub fn stand_in(&mut self, enc_tmri: [u8; BLOCK]) {
        for index in &self.standing_in {
            let effect = self.entries.get_mut(*index).map(|entry| &mut entry.effect);
            if let Some(Effect::Adds { added, .. }) = effect
                && let Some(range) = added.range(ENC_TMRI)
                && let Some(bytes) = added.bytes.get_mut(range)
            {
                bytes.copy_from_slice(&enc_tmri);
            }
        }
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
