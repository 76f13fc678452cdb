//! Personalisation of a blank card: default key, application, files, keys, card header (top-up reference §3).
//!
//! Data keys are diversified by the key table's own rule (R15); key 0 changes last, because it is the key of
//! the session that changes the others.

use std::collections::VecDeque;

use crate::card::Aid;
use crate::command::{
    Chaining, ChangeKey, Command, CommitReaderId, CommitTransaction, GetVersion, SelectApplication,
    SetConfiguration, WriteData,
};
use crate::crypto::crc::crc32;
use crate::crypto::entropy::Entropy;
use crate::dialogue::{Outcome, Script, Step};
use crate::keyring::{Keyring, Scope};

use super::application::{self, AID, Form, HEADER_SIZE, file, key, reader_id};
use super::files;
use super::host::{Context, Ending, Unfinished, settle};

/// The personaliser's script.
#[derive(Debug)]
pub struct Personalise {
    context: Context,
    /// The UID that the reader told, until GetVersion is answered.
    shown: Option<Vec<u8>>,
    queue: VecDeque<Job>,
    at: At,
    ending: Option<Ending<()>>,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Start,
    Uid,
    Arrive,
    Queue,
}

#[derive(Debug)]
enum Job {
    Send(Command),
    Authenticate { key: [u8; 16], key_no: u8 },
}

impl Personalise {
    /// The key table must hold the PICC master key, a default application key (scope `*`, key 0), the
    /// application's keys and its TransactionMAC key.
    pub fn new(keyring: Keyring, entropy: Box<dyn Entropy>) -> Self {
        let context = Context::new(keyring, entropy);
        Self {
            context,
            shown: None,
            queue: VecDeque::new(),
            at: At::Start,
            ending: None,
        }
    }

    /// With another form of the application.
    #[must_use]
    pub const fn of(mut self, form: Form) -> Self {
        self.context.form = form;
        self
    }

    /// How it ended; `None` before the end.
    pub fn ending(self) -> Option<Ending<()>> {
        self.ending
    }

    fn step(&mut self, last: Option<&Outcome>) -> Ending<Step> {
        let data = self.context.check(last)?;
        match self.at {
            At::Uid => {
                self.shown = Some(data);
                self.at = At::Arrive;
                return Ok(self.context.send(Command::GetVersion(GetVersion)));
            }
            At::Start | At::Arrive => {
                let data = self.shown.take().unwrap_or(data);
                if let Some(step) = self.context.arrive(Aid::PICC, key::MASTER, data)? {
                    if matches!(self.at, At::Start) {
                        self.at = At::Uid;
                    }
                    return Ok(step);
                }
                self.queue = self.plan()?;
                self.at = At::Queue;
            }
            At::Queue => {}
        }
        match self.queue.pop_front() {
            Some(Job::Send(command)) => Ok(self.context.send(command)),
            Some(Job::Authenticate { key, key_no }) => {
                Ok(self.context.authenticate_with(key, key_no))
            }
            None => {
                self.ending = Some(Ok(()));
                Ok(Step::Done)
            }
        }
    }

    fn plan(&self) -> Ending<VecDeque<Job>> {
        let context = &self.context;
        let form = context.form;
        let missing = |key_no, why: &str| Unfinished::NoKey {
            aid: AID,
            key_no,
            why: why.into(),
        };
        let default = context
            .keyring
            .keys
            .iter()
            .find(|entry| entry.scope == Scope::Any && entry.key_no == 0);
        let default_entry =
            default.ok_or_else(|| missing(0, ": no default application key (scope *)"))?;
        let default = default_entry
            .value
            .aes128()
            .ok_or_else(|| missing(0, ": the default application key is no AES-128 key"))?;
        let (tmac_key, tmac_version) = context
            .tmac_key(AID)
            .ok_or_else(|| missing(0, ": no TransactionMAC key"))?;
        let mut jobs = VecDeque::from([
            Job::Authenticate {
                key: context.key(Aid::PICC, 0)?,
                key_no: 0,
            },
            Job::Send(set_default_key(default, default_entry.version)),
            Job::Send(application::create_application(form)),
            select(AID),
            Job::Authenticate {
                key: default,
                key_no: key::MASTER,
            },
        ]);
        jobs.extend(files::create(form, tmac_key, tmac_version).map(Job::Send));
        jobs.extend(files::add_sets(form).map(Job::Send));
        for &key_no in form.data_keys() {
            let new = context.key(AID, key_no)?;
            let mixed: Vec<u8> = new
                .iter()
                .zip(default)
                .map(|(new, old)| new ^ old)
                .collect();
            let key_data = [&mixed[..], &[self.version(key_no)], &crc32(&new)].concat();
            jobs.push_back(Job::Send(Command::ChangeKey(ChangeKey {
                key_no,
                key_data,
            })));
        }
        let master = context.key(AID, key::MASTER)?;
        let key_data = [&master[..], &[self.version(key::MASTER)]].concat();
        jobs.push_back(Job::Send(Command::ChangeKey(ChangeKey {
            key_no: key::MASTER,
            key_data,
        })));
        jobs.extend(self.write_header()?);
        Ok(jobs)
    }

    /// Writes the card header under the issuer's key, and commits it.
    fn write_header(&self) -> Ending<Vec<Job>> {
        let context = &self.context;
        let key_no = context.form.issuer_key();
        let mut jobs = vec![Job::Authenticate {
            key: context.key(AID, key_no)?,
            key_no,
        }];
        if context.form.names_reader() {
            jobs.push(Job::Send(Command::CommitReaderId(CommitReaderId {
                tmri: reader_id::ISSUER,
            })));
        }
        jobs.push(Job::Send(Command::WriteData(WriteData {
            chaining: Chaining::Native,
            file_no: file::HEADER,
            offset: 0,
            length: HEADER_SIZE,
            data: application::header(&context.uid),
        })));
        jobs.push(Job::Send(Command::CommitTransaction(CommitTransaction {
            option: Some(0x01),
        })));
        Ok(jobs)
    }

    fn version(&self, key_no: u8) -> u8 {
        self.context
            .keyring
            .auth_keys(Some(AID), key_no)
            .next()
            .map_or(0, |entry| entry.version)
    }
}

impl Script for Personalise {
    fn next(&mut self, last: Option<&Outcome>) -> Step {
        let step = self.step(last);
        settle(step, &mut self.ending)
    }
}

fn select(aid: Aid) -> Job {
    Job::Send(Command::SelectApplication(SelectApplication {
        aid,
        second: None,
    }))
}

/// Option `01`: the key, zero padded to 24 bytes, and its version (DESFire reference §2.2.1).
fn set_default_key(key: [u8; 16], version: u8) -> Command {
    let data = [&key[..], &[0; 8], &[version]].concat();
    Command::SetConfiguration(SetConfiguration {
        option: SetConfiguration::DEFAULT_KEY,
        data,
    })
}
