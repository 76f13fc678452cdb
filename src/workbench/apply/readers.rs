//! Readers that are not ours: connecting, ports, and lending a card to programs.

use crate::transport::vpcd::Address;
use crate::workbench::action::Action;
use crate::workbench::effect::Effect;
use crate::workbench::job::JobKind;
use crate::workbench::notice::NoticeKind;
use crate::workbench::reader::{Lending, LendingState, Place, Port, Reader};
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_reader(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Connect => self.connect(),
            Action::Disconnect => self.disconnect(),
            Action::Share(sharing) => {
                if let Some(desk) = self.chosen_idle().and_then(Reader::desk_mut) {
                    desk.sharing = sharing;
                }
                Vec::new()
            }
            Action::Speak(protocol) => {
                if let Some(desk) = self.chosen_idle().and_then(Reader::desk_mut) {
                    desk.protocol = protocol;
                }
                Vec::new()
            }
            Action::Listen(port) => self.listen(port),
            Action::Lend(address) => self.lend(address),
            Action::TakeBack => {
                if let Some(reader) = self.readers.get(self.chosen)
                    && reader.lending.is_some()
                {
                    reader.stop.set();
                }
                Vec::new()
            }
            Action::RemoveReader(index) => match self.readers.get(index).map(Reader::can_remove) {
                Some(Err(why)) => {
                    self.notify(NoticeKind::Warning, why, "");
                    Vec::new()
                }
                Some(Ok(())) | None => self.remove_reader(index),
            },
            _ => Vec::new(),
        }
    }

    /// The chosen reader, when its connection can still be chosen.
    fn chosen_idle(&mut self) -> Option<&mut Reader> {
        let reader = self.readers.get_mut(self.chosen)?;
        (!reader.alive).then_some(reader)
    }

    fn connect(&mut self) -> Vec<Effect> {
        let Some(reader) = self.readers.get_mut(self.chosen) else {
            return Vec::new();
        };
        if let Err(why) = reader.can_connect() {
            self.notify(NoticeKind::Warning, why, "");
            return Vec::new();
        }
        if let Some(desk) = reader.desk_mut() {
            desk.wanted = true;
        }
        self.connect_at(self.chosen)
    }

    /// Lets go of the card: the reader resets it, other programs can have it.
    fn disconnect(&mut self) -> Vec<Effect> {
        let index = self.chosen;
        let Some(reader) = self.readers.get_mut(index) else {
            return Vec::new();
        };
        if let Err(why) = reader.can_disconnect() {
            self.notify(NoticeKind::Warning, why, "");
            return Vec::new();
        }
        if let Some(desk) = reader.desk_mut() {
            desk.wanted = false;
        }
        reader.stop.set();
        reader.ended();
        let worker = reader.worker;
        self.card_left(index);
        vec![Effect::StopReader(worker)]
    }

    /// Connects to the card that lies on a reader, by a new worker when it has none.
    pub(in crate::workbench) fn connect_at(&mut self, index: usize) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.readers.get(index).is_some_and(|reader| !reader.alive) {
            effects.extend(self.start_worker(index));
        }
        effects.extend(self.submit_to(index, JobKind::Connect));
        effects
    }

    fn listen(&mut self, port: Port) -> Vec<Effect> {
        if let Err(error) = port.check() {
            self.notify(NoticeKind::Warning, error.to_string(), "");
            return Vec::new();
        }
        let name = format!("Port {}", port.address);
        let before = self.reader().map(|reader| reader.id);
        let index = self.add_place(&name, Place::Port(port));
        if let Some(reader) = self.readers.get_mut(index) {
            reader.before = before;
        }
        self.chosen = index;
        self.start_worker(index).into_iter().collect()
    }

    fn lend(&mut self, address: String) -> Vec<Effect> {
        let can = self
            .reader()
            .map_or(Err("Off, there is no reader"), Reader::can_lend);
        let parsed = address
            .parse::<Address>()
            .map_err(|error| error.to_string());
        if let Err(why) = can.map_err(str::to_owned).and(parsed) {
            self.notify(NoticeKind::Warning, why, "");
            return Vec::new();
        }
        let effects = self.submit_to(self.chosen, JobKind::Lend(address.clone()));
        if let Some(reader) = self.readers.get_mut(self.chosen) {
            let state = LendingState::Waiting("connecting".into());
            reader.lending = Some(Lending { address, state });
        }
        effects
    }

    /// Takes a reader out of the list, and ends its worker.
    pub(in crate::workbench) fn remove_reader(&mut self, index: usize) -> Vec<Effect> {
        self.card_left(index);
        let removed = self.forget_reader(index);
        removed.into_iter().map(Effect::StopReader).collect()
    }

    /// Takes a port out of the list that was not opened; the choice is as it was before.
    pub(in crate::workbench) fn not_opened(&mut self, index: usize, why: &str) {
        let before = self.readers.get(index).and_then(|reader| reader.before);
        let was_chosen = index == self.chosen;
        self.forget_reader(index);
        let place = self
            .readers
            .iter()
            .position(|reader| Some(reader.id) == before);
        if let Some(place) = place.filter(|_| was_chosen) {
            self.chosen = place;
        }
        let text = format!("The port was not opened: {why}");
        self.notify(NoticeKind::Warning, text, "");
    }

    /// Takes a reader out of the list; the number of its worker.
    fn forget_reader(&mut self, index: usize) -> Option<usize> {
        if index >= self.readers.len() {
            return None;
        }
        let reader = self.readers.remove(index);
        reader.stop.set();
        if index < self.chosen {
            self.chosen -= 1;
        }
        self.chosen = self.chosen.min(self.readers.len().saturating_sub(1));
        Some(reader.worker)
    }
}
