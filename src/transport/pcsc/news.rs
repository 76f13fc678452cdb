//! What changed between two looks at the readers; no PC/SC in it.

use std::collections::BTreeMap;

use super::super::error::ReaderError;
use super::names::{Reader, ReaderName, Slot};

/// What came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A reader was plugged in, or was there at the start.
    ReaderCame(ReaderName),
    /// A reader was pulled out.
    ReaderGone(ReaderName),
    /// A card was put on a reader, or lay there at the start.
    CardCame {
        /// Which reader.
        reader: ReaderName,
        /// The answer to reset.
        atr: Vec<u8>,
    },
    /// The card was taken away.
    CardGone(ReaderName),
    /// A card that does not answer lies on the reader.
    CardMute(ReaderName),
    /// The service answers; told after trouble, and at the start.
    Ready,
    /// The service can't be used; it is tried again.
    Trouble(ReaderError),
}

/// The readers as they were last seen.
#[derive(Debug, Default)]
pub struct Picture {
    readers: BTreeMap<ReaderName, Reader>,
}

impl Picture {
    /// Takes the readers as they are now, and tells the difference.
    pub fn update(&mut self, now: impl IntoIterator<Item = Reader>) -> Vec<News> {
        let now: BTreeMap<ReaderName, Reader> = now
            .into_iter()
            .map(|reader| (reader.name.clone(), reader))
            .collect();
        let mut news = Vec::new();
        for (name, before) in &self.readers {
            if !now.contains_key(name) {
                leave(before, &mut news);
                news.push(News::ReaderGone(name.clone()));
            }
        }
        for (name, reader) in &now {
            match self.readers.get(name) {
                None => {
                    news.push(News::ReaderCame(name.clone()));
                    arrive(reader, &mut news);
                }
                Some(before) if is_same(before, reader) => {}
                Some(before) => {
                    leave(before, &mut news);
                    arrive(reader, &mut news);
                }
            }
        }
        self.readers = now;
        news
    }
}

/// Whether it is the same card. The count tells a card from one that was put on in its place between two looks.
fn is_same(before: &Reader, now: &Reader) -> bool {
    match (&before.slot, &now.slot) {
        (
            Slot::Card {
                atr: before_atr, ..
            },
            Slot::Card { atr, .. },
        ) => before_atr == atr && before.count == now.count,
        (before, now) => before == now,
    }
}

fn leave(before: &Reader, news: &mut Vec<News>) {
    if matches!(before.slot, Slot::Card { .. } | Slot::Mute) {
        news.push(News::CardGone(before.name.clone()));
    }
}

fn arrive(reader: &Reader, news: &mut Vec<News>) {
    let name = reader.name.clone();
    match &reader.slot {
        Slot::Card { atr, .. } => news.push(News::CardCame {
            reader: name,
            atr: atr.clone(),
        }),
        Slot::Mute => news.push(News::CardMute(name)),
        Slot::Empty | Slot::Unavailable => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn name(text: &str) -> ReaderName {
        CString::new(text).unwrap().into()
    }

    fn reader(text: &str, slot: Slot, count: u32) -> Reader {
        Reader {
            name: name(text),
            slot,
            count,
        }
    }

    fn card(last: u8) -> Slot {
        Slot::Card {
            atr: vec![0x3B, last],
            exclusive: false,
            in_use: false,
        }
    }

    fn came(reader: &str, last: u8) -> News {
        News::CardCame {
            reader: name(reader),
            atr: vec![0x3B, last],
        }
    }

    #[test]
    fn readers_and_cards_come_and_go() {
        let mut picture = Picture::default();
        assert_eq!(
            picture.update([reader("A", Slot::Empty, 0)]),
            [News::ReaderCame(name("A"))]
        );
        assert_eq!(picture.update([reader("A", card(1), 1)]), [came("A", 1)]);
        assert_eq!(picture.update([reader("A", card(1), 1)]), []);
        assert_eq!(
            picture.update([reader("A", Slot::Empty, 2), reader("B", card(2), 1)]),
            [
                News::CardGone(name("A")),
                News::ReaderCame(name("B")),
                came("B", 2)
            ]
        );
        assert_eq!(
            picture.update([reader("A", Slot::Mute, 3)]),
            [
                News::CardGone(name("B")),
                News::ReaderGone(name("B")),
                News::CardMute(name("A"))
            ]
        );
        assert_eq!(
            picture.update([]),
            [News::CardGone(name("A")), News::ReaderGone(name("A"))]
        );
    }

    #[test]
    fn a_card_put_on_in_the_place_of_another_is_news_also_with_the_same_atr() {
        let mut picture = Picture::default();
        picture.update([reader("A", card(1), 1)]);
        assert_eq!(
            picture.update([reader("A", card(1), 3)]),
            [News::CardGone(name("A")), came("A", 1)]
        );
    }

    #[test]
    fn who_uses_the_card_is_no_news() {
        let mut picture = Picture::default();
        picture.update([reader("A", card(1), 1)]);
        let used = Slot::Card {
            atr: vec![0x3B, 1],
            exclusive: true,
            in_use: true,
        };
        assert_eq!(picture.update([reader("A", used, 1)]), []);
    }
}
