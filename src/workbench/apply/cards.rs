//! Readers and embedded cards.

use crate::session::{demo, image};
use crate::virtual_card::FileContent;

use crate::workbench::action::{Action, CardStart, FilePurpose};
use crate::workbench::effect::Effect;
use crate::workbench::job::JobKind;
use crate::workbench::notice::NoticeKind;
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_card(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::ChooseReader(index) if index < self.readers.len() => {
                self.chosen = index;
                Vec::new()
            }
            Action::PresentCard(present) => {
                let seed = self.seed;
                let Some(reader) = self.readers.get_mut(self.chosen) else {
                    return Vec::new();
                };
                if present && !reader.alive {
                    return vec![reader.start(seed)];
                }
                if !reader.alive {
                    return Vec::new();
                }
                reader.present = present;
                self.submit_anyway(JobKind::Present(present))
            }
            Action::CreateCard(start) => self.create_card(start),
            Action::RemoveCard(index) => self.remove_card(index),
            Action::EditValue {
                aid,
                file_no,
                value,
            } => {
                let Some(mut image) = self.reader().map(|reader| reader.image.clone()) else {
                    return Vec::new();
                };
                let file = image
                    .applications
                    .get_mut(&aid)
                    .and_then(|application| application.files.get_mut(&file_no));
                let Some(FileContent::Value(current)) = file.map(|file| &mut file.content) else {
                    return Vec::new();
                };
                *current = value;
                if let Err(error) = image.check() {
                    self.notify(NoticeKind::Warning, error.to_string(), "");
                    return Vec::new();
                }
                self.submit_anyway(JobKind::Load(Box::new(image)))
            }
            Action::Snapshot => {
                if let Some(reader) = self.readers.get_mut(self.chosen) {
                    reader.snapshot = Some(reader.image.clone());
                }
                Vec::new()
            }
            Action::Restore => match self.reader().and_then(|reader| reader.snapshot.clone()) {
                Some(image) => self.submit_anyway(JobKind::Load(Box::new(image))),
                None => Vec::new(),
            },
            Action::SaveImage(path) => self.reader().map_or_else(Vec::new, |reader| {
                vec![Effect::Write {
                    path,
                    purpose: FilePurpose::Image,
                    text: image::write(&reader.image),
                }]
            }),
            Action::LoadImage(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Image,
            }],
            _ => Vec::new(),
        }
    }

    fn create_card(&mut self, start: CardStart) -> Vec<Effect> {
        let effects = match start {
            CardStart::Demo => self.add_demo(demo::PERSONALISED, "EV3 card"),
            CardStart::Blank => self.add_demo(demo::BLANK, "Blank EV3 card"),
            CardStart::Image(image) => vec![self.add_reader(*image, "EV3 card from image")],
        };
        self.chosen = self.readers.len().saturating_sub(1);
        effects
    }

    fn remove_card(&mut self, index: usize) -> Vec<Effect> {
        if index >= self.readers.len() {
            return Vec::new();
        }
        let reader = self.readers.remove(index);
        if index < self.chosen {
            self.chosen -= 1;
        }
        self.chosen = self.chosen.min(self.readers.len().saturating_sub(1));
        vec![Effect::StopReader(reader.id)]
    }
}
