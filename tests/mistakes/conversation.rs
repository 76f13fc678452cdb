//! Frames on the line: native or wrapped, in one piece or chained (DESFire reference §1).

use tapscope::trace::{Event, EventKind};

use super::dice::Dice;

const MORE: u8 = 0xAF;

/// A recording as it grows.
pub(crate) struct Talk {
    pub(crate) events: Vec<Event>,
    pub(crate) is_wrapped: bool,
}

/// Where a body is cut into two frames, as a part of its length; `None` for one frame.
#[derive(Clone, Copy)]
pub(crate) struct Cut(Option<usize>);

impl Cut {
    /// One frame.
    pub(crate) const NONE: Self = Self(None);

    /// Two frames once in a while.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let (is_cut, part) = (dice.once_in(6), dice.below(100));
        Self(is_cut.then_some(part))
    }

    /// The first frame keeps `head` bytes.
    fn split(self, body: &[u8], head: usize) -> (&[u8], Option<&[u8]>) {
        match self.0 {
            Some(part) if body.len() > head + 1 => {
                let (first, rest) = body.split_at(head + 1 + part * (body.len() - head - 1) / 100);
                (first, Some(rest))
            }
            _ => (body, None),
        }
    }
}

impl Talk {
    /// A command frame.
    pub(crate) fn send(&mut self, ins: u8, body: &[u8]) {
        let frame = if self.is_wrapped && body.is_empty() {
            vec![0x90, ins, 0x00, 0x00, 0x00]
        } else if self.is_wrapped {
            let len = u8::try_from(body.len()).unwrap();
            [&[0x90, ins, 0x00, 0x00, len][..], body, &[0x00]].concat()
        } else {
            [&[ins][..], body].concat()
        };
        self.events.push(Event::new(EventKind::Command(frame)));
    }

    /// An answer frame.
    pub(crate) fn reply(&mut self, status: u8, data: &[u8]) {
        let frame = if self.is_wrapped {
            [data, &[0x91, status]].concat()
        } else {
            [&[status][..], data].concat()
        };
        self.events.push(Event::new(EventKind::Response(frame)));
    }

    /// A command and its answer; `cuts` are those of both.
    pub(crate) fn exchange(
        &mut self,
        (ins, body): (u8, &[u8]),
        (status, data): (u8, &[u8]),
        cuts: [Cut; 2],
    ) {
        let (first, rest) = cuts[0].split(body, 7);
        self.send(ins, first);
        if let Some(rest) = rest {
            self.reply(MORE, &[]);
            self.send(MORE, rest);
        }
        let (first, rest) = cuts[1].split(data, 0);
        if let Some(rest) = rest {
            self.reply(MORE, first);
            self.send(MORE, &[]);
            self.reply(status, rest);
        } else {
            self.reply(status, first);
        }
    }

    /// A command and its answer, each in one frame.
    pub(crate) fn plain(&mut self, ins: u8, body: &[u8], status: u8, data: &[u8]) {
        self.exchange((ins, body), (status, data), [Cut::NONE; 2]);
    }

    /// The four frames of an authentication; a refused one has no proof.
    pub(crate) fn handshake(
        &mut self,
        (ins, body): (u8, &[u8]),
        challenge: &[u8],
        token: &[u8],
        proof: Option<&[u8]>,
    ) {
        self.send(ins, body);
        self.reply(MORE, challenge);
        self.send(MORE, token);
        match proof {
            Some(proof) => self.reply(0x00, proof),
            None => self.reply(0xAE, &[]),
        }
    }
}
