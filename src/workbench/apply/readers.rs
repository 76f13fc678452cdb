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
            Action::RemoveReader(index) => self.remove_reader(index),
            _ => Vec::new(),
        }
    }

    /// The chosen reader, when its connection can still be chosen.
    fn chosen_idle(&mut self) -> Option<&mut Reader> {
        let reader = self.readers.get_mut(self.chosen)?;
        (!reader.alive).then_some(reader)
    }

    fn connect(&mut self) -> Vec<Effect> {
        let seed = self.seed;
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
        let mut effects = Vec::new();
        if !reader.alive {
            effects.push(reader.start(seed));
        }
        effects.extend(self.submit_to(self.chosen, JobKind::Connect));
        effects
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
        let id = reader.id;
        self.card_left(index);
        vec![Effect::StopReader(id)]
    }

    fn listen(&mut self, port: Port) -> Vec<Effect> {
        if let Err(error) = port.address.parse::<Address>() {
            self.notify(NoticeKind::Warning, error.to_string(), "");
            return Vec::new();
        }
        let (name, seed) = (format!("Port {}", port.address), self.seed);
        let index = self.add_place(&name, Place::Port(port));
        self.chosen = index;
        let reader = self.readers.get_mut(index);
        reader
            .map(|reader| reader.start(seed))
            .into_iter()
            .collect()
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

    /// Takes a reader out of the list; its number.
    pub(in crate::workbench) fn forget_reader(&mut self, index: usize) -> Option<usize> {
        if index >= self.readers.len() {
            return None;
        }
        let reader = self.readers.remove(index);
        reader.stop.set();
        if index < self.chosen {
            self.chosen -= 1;
        }
        self.chosen = self.chosen.min(self.readers.len().saturating_sub(1));
        Some(reader.id)
    }
}
