//! What reports from the workers do to the model.

use super::job::{Done, Report, ReportKind};
use super::notice::NoticeKind;
use super::reader::{LendingState, Reader};
use super::state::Workbench;
use crate::card::identity::Identity;
use crate::trace::EventKind;

impl Workbench {
    /// Takes a report from a worker.
    pub fn absorb(&mut self, report: Report) {
        let Some(index) = self
            .readers
            .iter()
            .position(|reader| reader.alive && reader.worker == report.worker)
        else {
            // A worker that was let go of may still be at its last job.
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
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.talked();
                }
                self.record(index, event);
            }
            ReportKind::Done { job, result } => self.job_done(index, job, result),
            ReportKind::Trouble(text) => self.notify(NoticeKind::Warning, text, ""),
            ReportKind::NotOpened(why) => self.not_opened(index, &why),
            ReportKind::Died(why) => self.worker_died(index, why),
            kind => {
                if let Some(reader) = self.readers.get_mut(index) {
                    reader.absorb(kind);
                }
            }
        }
    }

    fn job_done(&mut self, index: usize, job: u64, result: Result<Done, String>) {
        if let Some(reader) = self.readers.get_mut(index)
            && reader.busy == Some(job)
        {
            (reader.busy, reader.lending) = (None, None);
        }
        self.sending_done(index, job, Some(&result));
        match result {
            Ok(Done::Booked(_) | Done::Answered(_) | Done::Quiet) => {}
            Err(text) => self.notify(NoticeKind::Warning, text, ""),
        }
    }

    fn worker_died(&mut self, index: usize, why: String) {
        let Some(reader) = self.readers.get_mut(index) else {
            return;
        };
        let (name, job) = (reader.name.clone(), reader.busy);
        reader.ended();
        if let Some(job) = job {
            self.sending_done(index, job, None);
        }
        self.card_left(index);
        let text = format!("The worker of {name} ended; the trace is kept");
        self.notify(NoticeKind::Failure, text, why);
    }

    /// The public image that a card still is before its first command, so that the session can be replayed on it.
    fn start_image_name(&self, index: usize) -> Option<String> {
        use crate::session::{demo, image};
        let card = &self.readers.get(index)?.embedded()?.image;
        let is = |name: &&str| {
            let known = demo::image(name).and_then(|text| image::read(text.as_bytes()).ok());
            known.as_ref() == Some(card)
        };
        let (delivered, image) = demo::factory(card.product);
        let demo = [demo::PERSONALISED, demo::BLANK, demo::RANDOM_UID];
        demo.into_iter()
            .find(is)
            .map(str::to_owned)
            .or_else(|| (image == *card).then_some(delivered))
    }
}

impl Reader {
    /// A lent card is talked to: it is not quiet any more.
    fn talked(&mut self) {
        if let Some(lending) = &mut self.lending
            && matches!(lending.state, LendingState::Quiet(_))
        {
            lending.state = LendingState::Connected;
        }
    }

    /// Takes what concerns nobody but the reader.
    fn absorb(&mut self, kind: ReportKind) {
        match kind {
            ReportKind::Card(image) => {
                if let Some(card) = self.embedded_mut() {
                    card.image = *image;
                }
            }
            ReportKind::Faults(faults) => self.faults = faults,
            ReportKind::Came { atr } => {
                self.identity = Some(Identity::by_atr(&atr));
                self.atr = Some(atr);
            }
            ReportKind::Identified(identity) => {
                (self.present, self.identity) = (true, Some(*identity));
            }
            ReportKind::Standing(standing) => self.standing = standing,
            ReportKind::Left => self.left(),
            ReportKind::Lending(state) => {
                if let Some(lending) = &mut self.lending {
                    lending.state = state;
                }
            }
            _ => {}
        }
    }
}
