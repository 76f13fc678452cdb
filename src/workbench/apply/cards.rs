//! The choice of a reader, and embedded cards.

use crate::session::{demo, image};
use crate::virtual_card::{FileContent, Image};

use crate::workbench::action::{Action, CardStart, FilePurpose};
use crate::workbench::effect::Effect;
use crate::workbench::job::JobKind;
use crate::workbench::notice::NoticeKind;
use crate::workbench::reader::{Embedded, Reader};
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_card(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::ChooseReader(index) if index < self.readers.len() => {
                self.chosen = index;
                Vec::new()
            }
            Action::PresentCard(present) => {
                let Some(reader) = self.readers.get_mut(self.chosen) else {
                    return Vec::new();
                };
                // Other cards come and go by hand.
                if reader.embedded().is_none() {
                    return Vec::new();
                }
                if present && !reader.alive {
                    return self.start_worker(self.chosen).into_iter().collect();
                }
                if !reader.alive {
                    return Vec::new();
                }
                if reader.can_change().is_ok() {
                    reader.present = present;
                }
                self.submit_anyway(JobKind::Present(present))
            }
            Action::CreateCard(start) => self.create_card(start),
            Action::EditValue {
                aid,
                file_no,
                value,
            } => {
                let Some(mut image) = self.embedded().map(|card| card.image.clone()) else {
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
            Action::Choose(choices) => self.choose(&choices),
            Action::Snapshot => {
                let reader = self.readers.get_mut(self.chosen);
                if let Some(card) = reader.and_then(Reader::embedded_mut) {
                    card.snapshot = Some(card.image.clone());
                }
                Vec::new()
            }
            Action::Restore => match self.embedded().and_then(|card| card.snapshot.clone()) {
                Some(image) => self.submit_anyway(JobKind::Load(Box::new(image))),
                None => Vec::new(),
            },
            Action::SaveImage(path) => self.embedded().map_or_else(Vec::new, |card| {
                vec![Effect::Write {
                    path,
                    purpose: FilePurpose::Image,
                    content: image::write(&card.image).into_bytes(),
                }]
            }),
            Action::LoadImage(path) => vec![Effect::Read {
                path,
                purpose: FilePurpose::Image,
            }],
            _ => Vec::new(),
        }
    }

    /// Sets what the chosen card does where sources differ.
    fn choose(&mut self, choices: &[(String, String)]) -> Vec<Effect> {
        let Some(mut image) = self.embedded().map(|card| card.image.clone()) else {
            return Vec::new();
        };
        for (name, value) in choices {
            if let Err(error) = image.profile.set(name, value) {
                self.notify(NoticeKind::Warning, error.to_string(), "");
                return Vec::new();
            }
        }
        self.submit_anyway(JobKind::Load(Box::new(image)))
    }

    /// The chosen virtual card.
    fn embedded(&self) -> Option<&Embedded> {
        self.reader()?.embedded()
    }

    fn create_card(&mut self, start: CardStart) -> Vec<Effect> {
        let effects = match start {
            CardStart::Demo => self.add_demo(demo::PERSONALISED, "EV3 card"),
            CardStart::Blank => self.add_demo(demo::BLANK, "Blank EV3 card"),
            CardStart::Factory(product) => {
                let image = Image::factory(product, demo::FACTORY_UID);
                let name = format!("{}, as delivered", product.name());
                vec![self.add_reader(image, &name)]
            }
            CardStart::Image(image) => vec![self.add_reader(*image, "EV3 card from image")],
        };
        self.chosen = self.readers.len().saturating_sub(1);
        effects
    }
}
