//! What reports from the workers do to the model.

use super::job::{Done, Report, ReportKind};
use super::notice::NoticeKind;
use super::state::Workbench;
use crate::trace::EventKind;

impl Workbench {
    /// Takes a report from a worker.
    pub fn absorb(&mut self, report: Report) {
        let Some(index) = self
            .readers
            .iter()
            .position(|reader| reader.id == report.reader)
        else {
            return;
        };
        match report.kind {
            // A card that goes away before anything was said is no part of a trace.
            ReportKind::Event(event)
                if event.kind == EventKind::FieldOff && self.log.events().is_empty() => {}
            ReportKind::Event(event) => {
                if self.log.events().is_empty() {
                    self.document.image = self.start_image_name(index);
                }
                self.log.push(event, &self.keyring);
                self.document.changed = true;
                self.replay = None;
                if self.follow {
                    self.selected = self.rows().len().checked_sub(1);
                }
            }
            ReportKind::Card(image) => {
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.image = *image;
                }
            }
            ReportKind::Faults(faults) => {
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.faults = faults;
                }
            }
            ReportKind::Done { job, result } => {
                if let Some(reader) = self.readers.get_mut(index)
                    && reader.busy == Some(job)
                {
                    reader.busy = None;
                }
                match result {
                    Ok(Done::Booked(_) | Done::Quiet) => {}
                    Err(text) => self.notify(NoticeKind::Warning, text, ""),
                }
            }
            ReportKind::Died(why) => {
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.alive = false;
                    reader.present = false;
                    reader.busy = None;
                    reader.faults.clear();
                    let name = reader.name.clone();
                    self.notify(
                        NoticeKind::Failure,
                        format!("The worker of {name} ended; the trace is kept"),
                        why,
                    );
                }
            }
        }
    }

    /// The demo image that a card still is before its first command, so that the session can be replayed on it.
    fn start_image_name(&self, index: usize) -> Option<String> {
        use crate::session::{demo, image};
        let card = self.readers.get(index).map(|reader| &reader.image)?;
        let is = |name: &&str| {
            let known = demo::image(name).and_then(|text| image::read(text.as_bytes()).ok());
            known.as_ref() == Some(card)
        };
        [demo::PERSONALISED, demo::BLANK]
            .into_iter()
            .find(is)
            .map(str::to_owned)
    }
}
