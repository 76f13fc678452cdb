//! What the sequences share: finding keys, authenticating, ending.

use crate::apdu::Status;
use crate::bytes::Reader;
use crate::card::{Aid, CommMode, KeyType};
use crate::command::{
    Command, CommitAnswer, CommitReaderId, CommitTransaction, GetCardUid, GetValue, ReaderGetData,
    SelectApplication,
};
use crate::crypto::Secret;
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Request, Step};
use crate::keyring::{KeyError, Keyring};
use crate::secure_messaging::handshake::AuthKey;
use crate::tmac::{self, Ledger, Operation};

use super::application::{Form, file};
use super::arrival::Arrival;

/// What the recomputation of a TMV said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TmvCheck {
    /// It fits.
    Fits,
    /// It does not fit; the recomputed value.
    Differs([u8; 8]),
    /// There is no TransactionMAC key to recompute it with.
    NoKey,
}

/// Why a sequence stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// The card refused a command.
    #[error("the card refused {command}: {status}, {}", meaning(*status))]
    Refused {
        /// The data sheet's name of the command.
        command: &'static str,
        /// Its status.
        status: Status,
    },
    /// An answer never arrived, before the commit: nothing changed.
    #[error("the answer to {command} was lost; the transaction was not committed")]
    Lost {
        /// The data sheet's name of the command.
        command: &'static str,
    },
    /// The answer to the commit never arrived; the TMI of the transaction decides at the next contact.
    #[error("answer lost: the commit is unknown. Read the TMC to decide")]
    CommitUnknown {
        /// The TMI that the commit would have covered.
        tmi: Vec<u8>,
    },
    /// The reader or the connection failed before the commit: nothing changed.
    #[error("{cause}; the transaction was not committed")]
    Unreachable {
        /// The transport's sentence.
        cause: String,
    },
    /// The key table has no fitting key.
    #[error("the key table has no usable key {key_no} for application {aid}{why}")]
    NoKey {
        /// Application.
        aid: Aid,
        /// Key number.
        key_no: u8,
        /// More, when known.
        why: String,
    },
    /// The amount would exceed the limit; nothing was sent.
    #[error(
        "amount is {amount}, at most {room} expected: the balance is {balance} and the upper limit {limit}"
    )]
    AboveLimit {
        /// Amount asked for.
        amount: i32,
        /// Balance read.
        balance: i32,
        /// Upper limit.
        limit: i32,
        /// What still fits.
        room: i32,
    },
    /// The amount is not allowed at all.
    #[error("amount is {0}, 1 or more expected")]
    Amount(i32),
    /// An answer does not have its form.
    #[error("the answer to {command} does not fit: {text}")]
    Answer {
        /// The data sheet's name of the command.
        command: &'static str,
        /// What is wrong.
        text: String,
    },
}

fn meaning(status: Status) -> &'static str {
    status.meaning().map_or("not known", |meaning| meaning.name)
}

/// How the sessions of a sequence are protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Messaging {
    /// AuthenticateEV2First.
    #[default]
    Ev2,
    /// AuthenticateAES and EV1 secure messaging: what an installed base of terminals speaks.
    Ev1,
}

/// How a sequence ended.
pub type Ending<T> = Result<T, Unfinished>;

/// Keys, randomness and what was learnt of the card.
pub(super) struct Context {
    pub(super) keyring: Keyring,
    pub(super) entropy: Box<dyn Entropy>,
    /// The card's own UID; empty until it is known.
    pub(super) uid: Vec<u8>,
    pub(super) arrival: Arrival,
    pub(super) ledger: Ledger,
    pub(super) messaging: Messaging,
    pub(super) form: Form,
    /// EncTMRI of this transaction, where a reader identifier was committed.
    enc_tmri: Option<[u8; 16]>,
    /// The command whose outcome comes next.
    sent: &'static str,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context {{ sent: {} }}", self.sent)
    }
}

impl Context {
    pub(super) fn new(keyring: Keyring, entropy: Box<dyn Entropy>) -> Self {
        Self {
            keyring,
            entropy,
            uid: Vec::new(),
            arrival: Arrival::default(),
            ledger: Ledger::default(),
            messaging: Messaging::default(),
            form: Form::default(),
            enc_tmri: None,
            sent: "",
        }
    }

    /// The data of the last outcome; an error when the card refused or the answer was lost.
    pub(super) fn check(&self, last: Option<&Outcome>) -> Ending<Vec<u8>> {
        match last {
            None => Ok(Vec::new()),
            Some(Outcome::Replied(reply)) if reply.status.is_success() => Ok(reply.data.clone()),
            Some(Outcome::Replied(reply)) => Err(Unfinished::Refused {
                command: self.sent,
                status: reply.status,
            }),
            Some(Outcome::Lost) if self.sent == "CommitTransaction" => {
                Err(Unfinished::CommitUnknown {
                    tmi: self.ledger.tmi().to_vec(),
                })
            }
            Some(Outcome::Lost) => Err(Unfinished::Lost { command: self.sent }),
        }
    }

    /// Sends a command; files of the example application are all CommMode.Full.
    pub(super) fn send(&mut self, command: Command) -> Step {
        self.send_in(command, CommMode::Full)
    }

    /// Sends a command on a file with another mode.
    pub(super) fn send_in(&mut self, command: Command, mode: CommMode) -> Step {
        self.sent = command.name();
        Step::Do(Request::Command { command, mode })
    }

    /// Asks the reader for the UID.
    pub(super) fn ask_uid(&mut self) -> Step {
        self.send(Command::ReaderGetData(ReaderGetData {
            p1: ReaderGetData::UID,
        }))
    }

    /// Asks the card for the UID that it hides with a random one; needs a session.
    pub(super) fn ask_card_uid(&mut self) -> Step {
        self.send(Command::GetCardUid(GetCardUid))
    }

    /// Asks for the balance in the communication mode of the value file.
    pub(super) fn ask_balance(&mut self) -> Step {
        let file_no = file::VALUE;
        self.send(Command::GetValue(GetValue { file_no }))
    }

    /// The balance in cents, from the answer to GetValue.
    pub(super) fn balance(&self, data: &[u8]) -> Ending<i32> {
        Reader::all("GetValue", data, GetValue::read_answer).map_err(|error| self.malformed(&error))
    }

    pub(super) fn select(&mut self, aid: Aid) -> Step {
        self.send(Command::SelectApplication(SelectApplication {
            aid,
            second: None,
        }))
    }

    /// The key of this card.
    pub(super) fn key(&self, aid: Aid, key_no: u8) -> Ending<[u8; 16]> {
        let missing = |why: String| Unfinished::NoKey { aid, key_no, why };
        let entry = self
            .keyring
            .auth_keys(Some(aid), key_no)
            .next()
            .ok_or_else(|| missing(String::new()))?;
        let key = entry
            .key_for(self.known_uid(), Some(aid))
            .map_err(|error| missing(self.why(&error)))?;
        key.aes128()
            .ok_or_else(|| missing(format!(": \"{}\" is no AES-128 key", entry.label)))
    }

    fn known_uid(&self) -> Option<&[u8]> {
        Some(self.uid.as_slice()).filter(|uid| !uid.is_empty())
    }

    fn why(&self, error: &KeyError) -> String {
        match error {
            KeyError::Input(label) if self.uid.is_empty() => {
                format!(": \"{label}\" is diversified by the UID, and the card shows a random one")
            }
            error => format!(": {error}"),
        }
    }

    pub(super) fn tmac_key(&self, aid: Aid) -> Option<([u8; 16], u8)> {
        let entry = self.keyring.tmac_keys(Some(aid)).next()?;
        Some((
            entry.key_for(self.known_uid(), Some(aid)).ok()?.aes128()?,
            entry.version,
        ))
    }

    pub(super) fn authenticate(&mut self, aid: Aid, key_no: u8) -> Ending<Step> {
        let key = self.key(aid, key_no)?;
        Ok(self.authenticate_with(key, key_no))
    }

    pub(super) fn authenticate_with(&mut self, key: [u8; 16], key_no: u8) -> Step {
        let mut rnd_a = [0; 16];
        self.entropy.fill(&mut rnd_a);
        if let (Messaging::Ev1, Some(key)) = (self.messaging, AuthKey::new(KeyType::Aes128, &key)) {
            self.sent = "AuthenticateAES";
            return Step::Do(Request::AuthenticateLegacy {
                d40: false,
                key_no,
                key: Box::new(key),
                rnd_a: Secret::new(rnd_a),
            });
        }
        self.sent = "AuthenticateEV2First";
        Step::Do(Request::Authenticate {
            first: true,
            key_no,
            key,
            rnd_a,
            pcdcap2: vec![0; 6],
        })
    }

    /// Names the reader that will commit.
    pub(super) fn commit_reader_id(&mut self, tmri: [u8; 16]) -> Step {
        self.send(Command::CommitReaderId(CommitReaderId { tmri }))
    }

    /// Keeps EncTMRI, the answer to CommitReaderID; it is part of the TMI.
    pub(super) fn named_reader(&mut self, tmri: [u8; 16], data: &[u8]) -> Ending<()> {
        let answer = Reader::all("CommitReaderID", data, |r| r.array("EncTMRI"));
        let enc_tmri = answer.map_err(|error| self.malformed(&error))?;
        self.enc_tmri = Some(enc_tmri);
        let enc_tmri = self.enc_tmri;
        self.ledger.append(&Operation::ReaderId { tmri, enc_tmri });
        Ok(())
    }

    /// Who committed before this transaction, which ended with counter `tmc`: TMRIPrev out of EncTMRI. `None` when no
    /// reader was named or there is no TransactionMAC key.
    pub(super) fn previous_reader(&self, aid: Aid, tmc: u32) -> Option<[u8; 16]> {
        let (key, _) = self.tmac_key(aid)?;
        let keys = tmac::session_keys(&key, tmc, &self.uid).result;
        Some(tmac::open_enc_tmri(&keys, self.enc_tmri?))
    }

    /// CommitTransaction that asks for TMC and TMV.
    pub(super) fn commit(&mut self) -> Step {
        let commit = CommitTransaction { option: Some(0x01) };
        self.send(Command::CommitTransaction(commit))
    }

    /// The answer of the commit, and whether its TMV fits the ledger.
    pub(super) fn committed(&self, aid: Aid, data: &[u8]) -> Ending<(CommitAnswer, TmvCheck)> {
        let answer = Reader::all("CommitTransaction", data, CommitAnswer::read);
        let answer = answer.map_err(|error| self.malformed(&error))?;
        let check = self.check_tmv(aid, &answer);
        Ok((answer, check))
    }

    /// Recomputes the TMV of a commit answer.
    fn check_tmv(&self, aid: Aid, answer: &CommitAnswer) -> TmvCheck {
        let Some((key, _)) = self.tmac_key(aid) else {
            return TmvCheck::NoKey;
        };
        let keys = tmac::session_keys(&key, answer.tmc, &self.uid).result;
        match tmac::tmv(&keys, self.ledger.tmi()).result {
            tmv if tmv == answer.tmv => TmvCheck::Fits,
            tmv => TmvCheck::Differs(tmv),
        }
    }

    /// An answer that does not parse.
    pub(super) fn malformed(&self, error: &crate::bytes::ParseError) -> Unfinished {
        Unfinished::Answer {
            command: self.sent,
            text: error.to_string(),
        }
    }
}

/// Turns the result of a step into the step, keeping the ending when it is over.
pub(super) fn settle<T>(result: Ending<Step>, ending: &mut Option<Ending<T>>) -> Step {
    result.unwrap_or_else(|unfinished| {
        *ending = Some(Err(unfinished));
        Step::Done
    })
}
