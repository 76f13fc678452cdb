//! Follows a transaction as the card does: what counts, what does not and why, where it ends (DESFire reference §5.4, §6).

use std::collections::BTreeMap;

use super::LineError;
use super::forms::Said;
use super::given::Known;
use super::line::{self, Answer, Line};
use super::told::{Effect, Entry, Options, Reason, Told};
use crate::apdu::{Family, Status};
use crate::bytes::Reader;
use crate::card::Aid;
use crate::card::settings::{FileKind, FileSettings};
use crate::command::{Command, CommitAnswer, Select};
use crate::crypto::aes::BLOCK;
use crate::tmac::{self, Added, NotCounted};
use crate::trace;

/// Reads the lines and follows the transactions in them.
pub fn follow(text: &str, options: &Options) -> Result<Told, LineError> {
    let mut state = State {
        options: *options,
        told: Told::default(),
        open: 0,
        lacking: Vec::new(),
        committed_lacking: None,
        selected: None,
        session: None,
        files: BTreeMap::new(),
    };
    for line in line::read(text)? {
        state.line(&line);
    }
    state.finish()
}

/// Where the card is.
struct State {
    options: Options,
    told: Told,
    /// First entry of the open transaction.
    open: usize,
    /// Lines that count and lack something, as long as nothing drops them.
    lacking: Vec<LineError>,
    /// The first of them in a transaction that was committed.
    committed_lacking: Option<LineError>,
    selected: Option<Aid>,
    /// Whether a session is open, where the lines say it.
    session: Option<bool>,
    files: BTreeMap<(Option<Aid>, u8), Known>,
}

impl State {
    fn line(&mut self, line: &Line) {
        let command = match &line.said {
            Said::Command(command) => command.as_ref(),
            Said::Session(open) => {
                self.session = Some(*open);
                let name = if *open { "Session" } else { "No session" };
                return self.push(line, name.to_owned(), Effect::Context);
            }
            Said::File(file_no, known) => {
                self.files.insert((self.selected, *file_no), *known);
                return self.push(line, format!("File {file_no}"), Effect::Context);
            }
        };
        let effect = match line.answer.status {
            None => Effect::Nothing(Reason::Lost),
            Some(status) if !accepted(command, status) => Effect::Nothing(Reason::Refused(status)),
            Some(_) => self.done(line, command),
        };
        let ends = matches!(effect, Effect::Commits(_));
        self.push(line, title(command), effect);
        if ends {
            self.told.transactions += 1;
            self.open = self.told.entries.len();
            let lacking = std::mem::take(&mut self.lacking).into_iter().next();
            self.committed_lacking = self.committed_lacking.take().or(lacking);
        }
        if let Some(status) = line.answer.status
            && !accepted(command, status)
            && drops(command, status)
        {
            self.session = Some(false);
            self.drop(Reason::Dropped(line.number, status));
        }
    }

    fn push(&mut self, line: &Line, name: String, effect: Effect) {
        self.told.entries.push(Entry {
            line: line.number,
            name,
            transaction: self.told.transactions,
            effect,
        });
    }

    /// What was pending counts no more.
    fn drop(&mut self, reason: Reason) {
        for entry in self.told.entries.iter_mut().skip(self.open) {
            if matches!(entry.effect, Effect::Adds { .. }) {
                entry.effect = Effect::Nothing(reason);
            }
        }
        self.lacking.clear();
    }

    /// A command that the card has done.
    fn done(&mut self, line: &Line, command: &Command) -> Effect {
        let answer = line.answer.data.as_deref().unwrap_or_default();
        self.learn(command, answer);
        match command {
            Command::CommitTransaction(_) => {
                let commit = Reader::all("CommitTransaction", answer, CommitAnswer::read);
                Effect::Commits(commit.ok())
            }
            Command::AbortTransaction(_) => {
                self.drop(Reason::Aborted(line.number));
                Effect::Context
            }
            Command::SelectApplication(select) => {
                self.select(line.number, Some(select.aid));
                Effect::Context
            }
            Command::Select(select) if leaves(select) => {
                let aid = select.is_master().then_some(Aid::PICC);
                self.select(line.number, aid);
                Effect::Context
            }
            _ => self.counted(line, command),
        }
    }

    fn select(&mut self, line: usize, aid: Option<Aid>) {
        self.drop(Reason::Selected(line));
        self.selected = aid;
        self.session = Some(false);
    }

    fn learn(&mut self, command: &Command, answer: &[u8]) {
        let made = trace::created(command).or_else(|| match command {
            Command::GetFileSettings(get) => {
                let read = Reader::all("GetFileSettings", answer, FileSettings::read);
                Some((get.file_no, read.ok()?))
            }
            _ => None,
        });
        let known = made.and_then(|(file_no, settings)| match settings.kind {
            FileKind::Tmac(_) => Some((file_no, Known::Tmac)),
            FileKind::Linear(file) | FileKind::Cyclic(file) => {
                Some((file_no, Known::Records(file.record_size)))
            }
            _ => None,
        });
        if let Some((file_no, known)) = known {
            self.files.insert((self.selected, file_no), known);
        }
    }

    fn counted(&mut self, line: &Line, command: &Command) -> Effect {
        let known = |file_no| self.files.get(&(self.selected, file_no)).copied();
        let record_size = match command {
            Command::ReadData(read)
                if known(read.file_no) == Some(Known::Tmac)
                    || self.options.tmac_file == Some(read.file_no) =>
            {
                return Effect::Nothing(Reason::TmacFile);
            }
            Command::ReadRecords(read) => match known(read.file_no) {
                Some(Known::Records(size)) => Some(size),
                _ => None,
            },
            _ => None,
        };
        let mut answer = line.answer.data.clone().unwrap_or_default();
        let is_reader_id = matches!(command, Command::CommitReaderId(_));
        if is_reader_id && answer.is_empty() && self.session != Some(false) {
            answer.extend(self.options.enc_tmri.into_iter().flatten());
            if !answer.is_empty() {
                self.told.standing_in.push(self.told.entries.len());
            }
        }
        let operation = match tmac::operation(command, &answer, record_size) {
            Err(NotCounted::Other) => return Effect::Nothing(Reason::Never),
            other => other,
        };
        if let Some(reason) = self.elsewhere() {
            return Effect::Nothing(reason);
        }
        let lacking = lacking(command, &line.answer).or_else(|| match &operation {
            Err(NotCounted::Count) => Some(records(command, answer.len(), record_size)),
            Err(NotCounted::Answer(error)) => Some(error.to_string()),
            _ if is_reader_id && !matches!(answer.len(), 0 | BLOCK) => {
                Some(format!("EncTMRI has {} bytes, 16 expected", answer.len()))
            }
            _ if is_reader_id && answer.is_empty() && self.session == Some(true) => {
                Some(ENC_TMRI.to_owned())
            }
            _ => None,
        });
        self.told.assumes_no_session |= is_reader_id && answer.is_empty() && self.session.is_none();
        if let Some(text) = lacking {
            let line = line.number;
            self.lacking.push(LineError { line, text });
        }
        let added = operation.map(|operation| operation.added());
        let added = added.unwrap_or_default();
        let as_sent = as_sent(command, &added);
        Effect::Adds { added, as_sent }
    }

    /// Why nothing counts here.
    fn elsewhere(&self) -> Option<Reason> {
        match (self.selected, self.options.aid) {
            (Some(selected), Some(aid)) if selected != aid => Some(Reason::Other(selected)),
            _ if self.options.only_authenticated && self.session == Some(false) => {
                Some(Reason::Unauthenticated)
            }
            _ => None,
        }
    }

    fn finish(mut self) -> Result<Told, LineError> {
        let lacking = self.lacking.into_iter().next();
        if let Some(error) = self.committed_lacking.or(lacking) {
            return Err(error);
        }
        let mut open = self.told.entries.iter().skip(self.open);
        if open.any(|entry| matches!(entry.effect, Effect::Adds { .. })) {
            self.told.transactions += 1;
        }
        Ok(self.told)
    }
}

const COUNT: &str = "ReadRecords with count 0 counts the records of the answer: say how long they are in a line before, \
                     such as file 4 records 16";
const ENC_TMRI: &str = "CommitReaderID in a session is answered with EncTMRI, which counts: write it after ->, or give the \
                        previous reader identifier";

/// What is wrong with the number of records, or with their length.
fn records(command: &Command, len: usize, size: Option<u32>) -> String {
    let asked = match command {
        Command::ReadRecords(read) => read.count,
        _ => 0,
    };
    let plural = if asked == 1 { "" } else { "s" };
    let expected = match (asked, size) {
        (0, None) => return COUNT.to_owned(),
        (0, Some(size)) => format!("whole records of {size} bytes"),
        (asked, Some(size)) => format!("{asked} record{plural} of {size} bytes"),
        (asked, None) => format!("{asked} record{plural} of one size"),
    };
    let without_mac = len
        .checked_sub(MAC)
        .and_then(|len| tmac::records(asked, len, size));
    let hint = match without_mac {
        Some(1..) => ". The 8 bytes too many look like a MAC; the plain command is expected",
        _ => "",
    };
    let name = command.name();
    format!("{name}: the answer has {len} bytes, {expected} expected{hint}")
}

/// Bytes of the MAC that secure messaging appends.
const MAC: usize = 8;

/// A read whose data is not there.
fn lacking(command: &Command, answer: &Answer) -> Option<String> {
    let reads = matches!(
        command,
        Command::ReadData(_) | Command::ReadRecords(_) | Command::GetValue(_)
    );
    (reads && answer.data.is_none()).then(|| {
        let name = command.name();
        format!("{name} counts with the data of its answer: write it after ->")
    })
}

/// The head as it was sent, when it is another one than what counts.
fn as_sent(command: &Command, added: &Added) -> Option<Vec<u8>> {
    let resolved = match command {
        Command::ReadData(read) => read.length == 0,
        Command::ReadRecords(read) => read.count == 0,
        _ => false,
    };
    let frame = command.frame();
    (resolved && !added.bytes.is_empty()).then(|| [&[frame.ins][..], &frame.header].concat())
}

fn accepted(command: &Command, status: Status) -> bool {
    // A selection is one also with a warning (DESFire reference §2.13, §3.2).
    status.is_success()
        || matches!(command, Command::Select(_)) && status == Status::Iso(DEACTIVATED)
}

/// TMCLimit is reached; the application is selected all the same.
const DEACTIVATED: u16 = 0x6283;

/// Whether a refusal drops the transaction: every error does, but not a selection that finds nothing, nor a wrong Le.
fn drops(command: &Command, status: Status) -> bool {
    match status {
        Status::Iso(word) => !matches!(command, Command::Select(_)) && word >> 8 != 0x6C,
        status => status.ends_session(),
    }
}

/// Whether SELECT leaves the application; of one by file identifier the lines do not tell, and a file is taken for meant.
fn leaves(select: &Select) -> bool {
    select.is_master() || matches!(select.p1, Select::BY_NAME | Select::CHILD | Select::PARENT)
}

fn title(command: &Command) -> String {
    let frame = command.frame();
    let name = match command {
        Command::Unknown(_) => format!("{} {:02X}", command.name(), frame.ins),
        _ => command.name().to_owned(),
    };
    let takes_file = frame.family == Family::Desfire
        && (tmac_file_command(command) || matches!(command, Command::GetFileSettings(_)));
    match frame.header.first() {
        Some(file_no) if takes_file => format!("{name}, file {file_no}"),
        _ => name,
    }
}

/// Whether a command is one of those that a TMI is made of (DESFire reference §6.3).
pub const fn adds(command: &Command) -> bool {
    tmac_file_command(command) || matches!(command, Command::CommitReaderId(_))
}

/// Whether a command that counts begins with a file number.
const fn tmac_file_command(command: &Command) -> bool {
    matches!(
        command,
        Command::ReadData(_)
            | Command::WriteData(_)
            | Command::GetValue(_)
            | Command::Amount(_)
            | Command::ReadRecords(_)
            | Command::WriteRecord(_)
            | Command::UpdateRecord(_)
            | Command::ClearRecordFile(_)
    )
}
