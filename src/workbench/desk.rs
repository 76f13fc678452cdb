//! What the monitor of the PC/SC readers tells: readers that come and go, and their cards.

use super::effect::Effect;
use super::job::JobKind;
use super::reader::{Desk, Lying, Place, Reader};
use super::state::Workbench;
use crate::transport::pcsc::{News, Protocol, ReaderName, Sharing};

impl Workbench {
    /// Takes news from the desk; the effects are for the shell.
    pub fn absorb_desk(&mut self, news: News) -> Vec<Effect> {
        self.desk_known = true;
        match news {
            News::Ready => self.desk_trouble = None,
            News::Trouble(trouble) => self.desk_trouble = Some(trouble.to_string()),
            News::ReaderCame(name) => self.reader_came(name),
            News::ReaderGone(name) => return self.reader_gone(&name),
            News::CardCame { reader, atr } => return self.card_came(&reader, atr),
            News::CardGone(name) => return self.card_gone(&name),
            News::CardMute(name) => {
                if let Some(desk) = self.desk_named(&name).and_then(Reader::desk_mut) {
                    desk.lying = Lying::Mute;
                }
            }
        }
        Vec::new()
    }

    fn desk_place(&self, name: &ReaderName) -> Option<usize> {
        let named = |reader: &Reader| reader.desk().is_some_and(|desk| desk.reader == *name);
        self.readers.iter().position(named)
    }

    fn desk_named(&mut self, name: &ReaderName) -> Option<&mut Reader> {
        let index = self.desk_place(name)?;
        self.readers.get_mut(index)
    }

    fn reader_came(&mut self, name: ReaderName) {
        self.desk_trouble = None;
        if let Some(desk) = self.desk_named(&name).and_then(Reader::desk_mut) {
            desk.plugged = true;
            return;
        }
        let shown = name.to_string();
        let desk = Desk {
            reader: name,
            plugged: true,
            lying: Lying::Nothing,
            wanted: false,
            sharing: Sharing::default(),
            protocol: Protocol::default(),
        };
        self.add_place(&shown, Place::Desk(desk));
    }

    /// A reader that was in use stays in the list, and is used again when it is back.
    fn reader_gone(&mut self, name: &ReaderName) -> Vec<Effect> {
        let Some(index) = self.desk_place(name) else {
            return Vec::new();
        };
        let wanted = self.readers.get(index).and_then(Reader::desk);
        if wanted.is_none_or(|desk| !desk.wanted) {
            return self.remove_reader(index);
        }
        if let Some(desk) = self.readers.get_mut(index).and_then(Reader::desk_mut) {
            (desk.plugged, desk.lying) = (false, Lying::Nothing);
        }
        Vec::new()
    }

    fn card_came(&mut self, name: &ReaderName, atr: Vec<u8>) -> Vec<Effect> {
        let Some(index) = self.desk_place(name) else {
            return Vec::new();
        };
        let Some(reader) = self.readers.get_mut(index) else {
            return Vec::new();
        };
        let lent = reader.lending.is_some();
        let Some(desk) = reader.desk_mut() else {
            return Vec::new();
        };
        desk.lying = Lying::Card(atr);
        // A card that is lent connects by itself.
        if !desk.wanted || lent {
            return Vec::new();
        }
        self.connect_at(index)
    }

    fn card_gone(&mut self, name: &ReaderName) -> Vec<Effect> {
        let index = self.desk_place(name);
        let Some(reader) = index.and_then(|index| self.readers.get_mut(index)) else {
            return Vec::new();
        };
        if let Some(desk) = reader.desk_mut() {
            desk.lying = Lying::Nothing;
        }
        if reader.lending.is_some() {
            // Whoever lends it tells the trace.
            reader.left();
            return Vec::new();
        }
        if !reader.present || !reader.alive {
            return Vec::new();
        }
        self.submit_to(index.unwrap_or_default(), JobKind::Look)
    }
}
