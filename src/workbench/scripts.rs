//! Short conversations that panels start: authenticate, read a file, list what is there.

use crate::bytes::Reader;
use crate::card::{Aid, CommMode, KeyType};
use crate::command::{
    Chaining, Command, GetApplicationIds, GetFileIds, GetFileSettings, GetVersion, ReadData,
    ReaderGetData, SelectApplication,
};
use crate::crypto::Secret;
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Request, Script, Step};
use crate::keyring::Keyring;
use crate::secure_messaging::handshake::AuthKey;
use crate::transport::TransportError;

use super::job::Done;

/// UID, select, authenticate, and perhaps read a file.
pub(super) struct Steps {
    keyring: Keyring,
    entropy: Box<dyn Entropy + Send>,
    aid: Aid,
    key_no: u8,
    /// Whether the card knows EV2 secure messaging.
    speaks_ev2: bool,
    read: Option<u8>,
    uid: Vec<u8>,
    at: u8,
    problem: Option<String>,
}

impl Steps {
    pub(super) fn authenticate(
        keyring: &Keyring,
        entropy: Box<dyn Entropy + Send>,
        (aid, key_no): (Aid, u8),
        speaks_ev2: bool,
    ) -> Self {
        Self {
            keyring: keyring.clone(),
            entropy,
            aid,
            key_no,
            speaks_ev2,
            read: None,
            uid: Vec::new(),
            at: 0,
            problem: None,
        }
    }

    /// Reads a file after the authentication.
    pub(super) fn and_read(mut self, file_no: u8) -> Self {
        self.read = Some(file_no);
        self
    }

    pub(super) fn finish(self) -> Result<Done, String> {
        self.problem.map_or(Ok(Done::Quiet), Err)
    }

    fn request(&mut self, data: &[u8]) -> Result<Option<Request>, String> {
        self.at += 1;
        let plain = |command| {
            Some(Request::Command {
                command,
                mode: CommMode::Plain,
            })
        };
        Ok(match self.at {
            1 => plain(Command::ReaderGetData(ReaderGetData {
                p1: ReaderGetData::UID,
            })),
            2 => {
                self.uid = data.to_vec();
                plain(Command::SelectApplication(SelectApplication {
                    aid: self.aid,
                    second: None,
                }))
            }
            3 => Some(self.authentication()?),
            4 => self.read.map(|file_no| Request::Command {
                command: Command::GetFileSettings(GetFileSettings { file_no }),
                mode: CommMode::Plain,
            }),
            5 => {
                let settings = Reader::all(
                    "GetFileSettings",
                    data,
                    crate::card::settings::FileSettings::read,
                );
                let mode = settings.map_err(|error| error.to_string())?.mode();
                let file_no = self.read.unwrap_or_default();
                let read = ReadData {
                    chaining: Chaining::Native,
                    file_no,
                    offset: 0,
                    length: 0,
                };
                Some(Request::Command {
                    command: Command::ReadData(read),
                    mode,
                })
            }
            _ => None,
        })
    }
}

impl Steps {
    /// The authentication that goes with the key, and with the card.
    fn authentication(&mut self) -> Result<Request, String> {
        let (aid, key_no) = (self.aid, self.key_no);
        let entry = self.keyring.auth_keys(Some(aid), key_no).next();
        let entry =
            entry.ok_or_else(|| format!("No key {key_no} of application {aid} in the table"))?;
        let value = entry
            .key_for(Some(&self.uid), Some(aid))
            .map_err(|error| error.to_string())?;
        if let (true, KeyType::Aes128, Some(key)) =
            (self.speaks_ev2, entry.key_type, value.aes128())
        {
            let mut rnd_a = [0; 16];
            self.entropy.fill(&mut rnd_a);
            return Ok(Request::Authenticate {
                first: true,
                key_no,
                key,
                rnd_a,
                pcdcap2: vec![0; 6],
            });
        }
        let key = AuthKey::new(entry.key_type, value.expose());
        let key = key.ok_or_else(|| {
            let (label, lengths) = (&entry.label, entry.key_type.lengths());
            format!("Key \"{label}\" has not {lengths}")
        })?;
        let mut rnd_a = vec![0; key.rnd_len()];
        self.entropy.fill(&mut rnd_a);
        Ok(Request::AuthenticateLegacy {
            d40: false,
            key_no,
            key: Box::new(key),
            rnd_a: Secret::new(rnd_a),
        })
    }
}

impl Script for Steps {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        step(last, |data| self.request(data)).unwrap_or_else(|problem| {
            self.problem = Some(problem);
            Step::Done
        })
    }
}

/// GetVersion, applications, and the files of each with their settings.
#[derive(Default)]
pub(super) struct Listing {
    at: u8,
    applications: Vec<Aid>,
    files: Vec<u8>,
    problem: Option<String>,
}

impl Listing {
    pub(super) fn finish(self) -> Result<Done, String> {
        self.problem.map_or(Ok(Done::Quiet), Err)
    }

    fn request(&mut self, data: &[u8]) -> Option<Request> {
        let plain = |command| {
            Some(Request::Command {
                command,
                mode: CommMode::Plain,
            })
        };
        self.at += 1;
        match self.at {
            1 => {
                return plain(Command::ReaderGetData(ReaderGetData {
                    p1: ReaderGetData::UID,
                }));
            }
            // Ends a session that the card may still hold, after a lost answer or a raw frame.
            2 => {
                return plain(Command::SelectApplication(SelectApplication {
                    aid: Aid::PICC,
                    second: None,
                }));
            }
            3 => return plain(Command::GetVersion(GetVersion)),
            4 => return plain(Command::GetApplicationIds(GetApplicationIds)),
            5 => {
                let listed = Reader::all("GetApplicationIDs", data, GetApplicationIds::read_answer);
                self.applications = listed.unwrap_or_default();
            }
            // After the selection of an application.
            6 => return plain(Command::GetFileIds(GetFileIds)),
            7 => self.files = data.to_vec(),
            _ => {}
        }
        if let Some(file_no) = self.files.pop() {
            self.at = 7;
            return plain(Command::GetFileSettings(GetFileSettings { file_no }));
        }
        self.at = 5;
        let aid = self.applications.pop()?;
        plain(Command::SelectApplication(SelectApplication {
            aid,
            second: None,
        }))
    }
}

impl Script for Listing {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        step(last, |data| Ok(self.request(data))).unwrap_or_else(|problem| {
            self.problem = Some(problem);
            Step::Done
        })
    }
}

/// The next step after a success; a refusal or a lost answer ends the script with a sentence.
fn step(
    last: Option<&Outcome>,
    next: impl FnOnce(&[u8]) -> Result<Option<Request>, String>,
) -> Result<Step, String> {
    let data = match last {
        None => Vec::new(),
        Some(Outcome::Lost) => return Err(TransportError::Lost.to_string()),
        Some(Outcome::Replied(reply)) if reply.status.is_success() => reply.data.clone(),
        Some(Outcome::Replied(reply)) => {
            let name = reply
                .status
                .meaning()
                .map_or("not known", |meaning| meaning.name);
            return Err(format!("The card refused: {}, {name}", reply.status));
        }
    };
    Ok(next(&data)?.map_or(Step::Done, Step::Do))
}
