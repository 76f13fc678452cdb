//! What was sent again, and what came back.

use super::Repeat;
use crate::apdu::Status;
use crate::trace::EventKind;
use crate::workbench::effect::Effect;
use crate::workbench::job::{Done, JobKind};
use crate::workbench::notice::NoticeKind;
use crate::workbench::state::Workbench;

/// One sending of a row's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// What was sent.
    pub repeat: Repeat,
    /// Whether it differs from the row.
    pub edited: bool,
    /// The row that it became, once there is one.
    pub row: Option<usize>,
    /// What came of it; `None` while it is under way.
    pub answer: Option<Answer>,
    job: u64,
    /// How many events the trace had before.
    events: usize,
}

/// What came of a sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The card answered; the status may be a refusal.
    Replied {
        /// Its status.
        status: Status,
        /// Data without protection.
        data: Vec<u8>,
    },
    /// Nothing went out, and why.
    NotSent(String),
    /// The answer never arrived: what the card did is unknown.
    Lost,
    /// The answer's protection does not fit, and how; what the card did is unknown.
    Unbelieved(String),
}

impl Workbench {
    /// What was sent of a row's command, oldest first.
    pub fn sendings(&self, row: usize) -> impl Iterator<Item = &Sending> {
        let sendings = self.sendings.iter();
        sendings.filter(move |sending| sending.repeat.row == row)
    }

    /// Sends a command again.
    pub(in crate::workbench) fn send_again(&mut self, repeat: Repeat) -> Vec<Effect> {
        if let Err(why) = self.can_send() {
            self.notify(NoticeKind::Warning, why, "");
            return Vec::new();
        }
        if let Err(why) = repeat.can_go() {
            self.notify(NoticeKind::Warning, format!("Not sent: {why}"), "");
            return Vec::new();
        }
        let edited = self.repeat_of(repeat.row).as_ref() != Ok(&repeat);
        self.sendings.push(Sending {
            repeat: repeat.clone(),
            edited,
            row: None,
            answer: None,
            // The number that the job is about to get.
            job: self.next_id,
            events: self.log.events().len(),
        });
        self.submit_to(self.chosen, JobKind::Repeat(Box::new(repeat)))
    }

    /// The job that sent it is over, without a result when its worker died: its row is known, and says where it comes from.
    pub(in crate::workbench) fn sending_done(
        &mut self,
        reader: usize,
        job: u64,
        result: Option<&Result<Done, String>>,
    ) {
        let sent = self.sendings.iter().find(|sending| sending.job == job);
        let Some((events, edited, of)) =
            sent.map(|sent| (sent.events, sent.edited, sent.repeat.row))
        else {
            return;
        };
        let number = self.number_in_trace(reader);
        let rows = self.rows().iter().rev();
        let own = rows
            .take_while(|row| row.first_event >= events)
            .filter(|row| Some(row.reader) == number);
        let row = own.last().map(|row| row.index);
        let since = self.log.events().get(events..).unwrap_or_default();
        let went_out = since.iter().any(|event| {
            Some(event.reader) == number && matches!(event.kind, EventKind::Command(_))
        });
        let answer = match result {
            Some(Ok(Done::Answered(Answer::Unbelieved(why))) | Err(why)) if !went_out => {
                Answer::NotSent(why.clone())
            }
            Some(Ok(Done::Answered(answer))) => answer.clone(),
            // A worker tells of a frame when it is answered: one that died may have sent it.
            _ => Answer::Lost,
        };
        for sending in &mut self.sendings {
            if sending.job == job {
                (sending.row, sending.answer) = (row, Some(answer.clone()));
            }
        }
        if let Some(row) = row {
            let edited = if edited { ", edited" } else { "" };
            let note = format!("Repeat of row {of}{edited}");
            self.notes.entry(row).or_insert(note);
            self.document.changed = true;
            self.filter_anew();
        }
    }
}
