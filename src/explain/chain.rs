//! The IVs that a host or card has when it leaves out a step of EV1's chain, or carries one over in D40
//! (DESFire reference §4.2, §4.3).

use crate::apdu::{CommandApdu, Family, ResponseApdu, Status};
use crate::card::CommMode;
use crate::crypto::Secret;
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::des::DesKey;
use crate::trace::{Event, Exchange};

use super::known::before;
use super::mistake::Side;

/// Where a message stands in its session.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) rows: &'a [Exchange],
    pub(super) events: &'a [Event],
    pub(super) at: usize,
    /// Place of the row that opened the session.
    pub(super) opened: Option<usize>,
    pub(super) side: Side,
}

/// An IV and the place of the row that it comes from.
pub(super) type Other = (Vec<u8>, Option<usize>);

/// What a message does to the IV of EV1.
#[derive(Clone, Debug)]
enum Move {
    /// Nothing.
    Stay,
    /// The CMAC over these bytes becomes the IV.
    Cmac {
        input: Vec<u8>,
        /// Nothing of it is transmitted.
        is_silent: bool,
    },
    /// The last block of a cryptogram does.
    Block(Vec<u8>),
}

/// The messages of an EV1 session up to one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Places of their rows, who sent them, and what they do to the IV.
    moves: Vec<(usize, Side, Move)>,
    /// The IV before the last move, as the fold has it.
    before_last: Option<Vec<u8>>,
    /// The trace shows the authentication.
    is_whole: bool,
}

/// Which steps are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Those of commands of which nothing is transmitted.
    Commands,
    /// Those of responses.
    Responses,
    /// Only the transmitted bytes of a CMAC are taken.
    Whole,
    /// The command code in the CMACs of commands is.
    CommandCode,
    /// The status in the CMACs of responses is.
    Status,
}

impl Fault {
    /// What the CMAC over `input` of a message of this side covers without what is left out.
    fn rest(self, side: Side, input: &[u8]) -> Option<&[u8]> {
        match (self, side) {
            (Self::CommandCode, Side::Command) => input.get(1..),
            (Self::Status, Side::Response) => input.get(..input.len().checked_sub(1)?),
            _ => None,
        }
    }
}

impl<'a> Spot<'a> {
    /// The rows of the session before this one, newest first.
    fn before(self) -> impl Iterator<Item = (usize, &'a Exchange)> {
        let own = self.rows.get(self.at).and_then(|row| row.channel);
        before(self.rows, self.at)
            .take_while(move |(place, _)| self.opened.is_none_or(|opened| *place > opened))
            .filter(move |(_, row)| row.channel == own)
    }

    fn row(self) -> Option<&'a Exchange> {
        self.rows.get(self.at)
    }

    /// The IV of the message by the rules of EV1, whose blocks are so long.
    pub(super) fn right(self, block: usize) -> Option<Vec<u8>> {
        let own = self.row()?.ivs.as_deref().copied().unwrap_or_default();
        let iv = match self.side {
            Side::Response => own.response,
            Side::Command => own.command.or_else(|| {
                let (_, last) = self.before().next()?;
                last.ivs.as_deref()?.next
            }),
        };
        let is_first = self.side == Side::Command && self.opened.is_some();
        let zero = || (is_first && self.before().next().is_none()).then(|| vec![0; block]);
        iv.map(|iv| iv.as_ref().to_vec()).or_else(zero)
    }

    /// What came before the message in an EV1 session.
    pub(super) fn history(self) -> History {
        let mut moves = Vec::new();
        let mut is_whole = self.opened.is_some();
        if self.side == Side::Response
            && let Some(row) = self.row()
        {
            moves.push((self.at, Side::Command, commanded(row, self.events)));
        }
        for (place, row) in self.before() {
            let answer = answered(row, self.events);
            is_whole &= answer.is_some();
            moves.push((place, Side::Response, answer.unwrap_or(Move::Stay)));
            moves.push((place, Side::Command, commanded(row, self.events)));
        }
        moves.reverse();
        is_whole &= moves.len() <= LONGEST;
        let last = match self.side {
            Side::Response => self.row().and_then(|row| row.ivs.as_deref()?.command),
            Side::Command => self
                .before()
                .next()
                .and_then(|(_, row)| row.ivs.as_deref()?.response),
        };
        History {
            moves,
            before_last: last.map(|iv| iv.as_ref().to_vec()),
            is_whole,
        }
    }
}

impl History {
    /// The IV before the last message is zero: then leaving that message out looks like a zero IV.
    pub(super) fn begins(&self) -> bool {
        let before = self.before_last.as_ref();
        before.is_some_and(|iv| iv.iter().all(|byte| *byte == 0))
    }

    /// The IV at the end under another key, nothing left out.
    pub(super) fn under(&self, cipher: &Cipher) -> Option<Vec<u8>> {
        self.walk(cipher, None)
    }

    /// The IVs at the end with one step left out, and with all of the kind; `right` is the IV by the rules.
    pub(super) fn with(&self, cipher: &Cipher, fault: Fault, right: &[u8]) -> Vec<Other> {
        let last = self.moves.last();
        let row = last.map(|(place, ..)| *place);
        let mut ivs = Vec::new();
        match (fault, last) {
            (Fault::Whole, Some((.., Move::Cmac { .. }))) => {
                ivs.extend(
                    cipher
                        .block(right)
                        .and_then(|iv| truncated(cipher, &iv))
                        .map(bytes),
                );
            }
            (Fault::Responses, Some((_, Side::Response, _)))
            | (Fault::Commands, Some((_, Side::Command, Move::Cmac { .. }))) => {
                ivs.extend(self.before_last.clone());
            }
            (Fault::Commands, Some((_, Side::Response, answer))) => {
                ivs.extend(self.without_command(cipher, answer));
            }
            (_, Some((_, side, Move::Cmac { input, .. }))) => {
                ivs.extend(self.without(cipher, fault.rest(*side, input)));
            }
            _ => {}
        }
        ivs.extend(self.walk(cipher, Some(fault)));
        ivs.retain(|iv| iv != right);
        ivs.dedup();
        ivs.into_iter().map(|iv| (iv, row)).collect()
    }

    /// The IV after the last message when its CMAC covered only this.
    fn without(&self, cipher: &Cipher, rest: Option<&[u8]>) -> Option<Vec<u8>> {
        let before = cipher.block(self.before_last.as_deref()?)?;
        Some(bytes(cipher.cmac(&before, &[rest?])))
    }

    /// The IV after the last answer when its command did not move it.
    fn without_command(&self, cipher: &Cipher, answer: &Move) -> Option<Vec<u8>> {
        let (earlier, _) = self.moves.split_last_chunk::<2>()?;
        let earlier = Self {
            moves: earlier.to_vec(),
            ..self.clone()
        };
        let iv = cipher.block(&earlier.walk(cipher, None)?)?;
        after(cipher, iv, answer).map(bytes)
    }

    fn walk(&self, cipher: &Cipher, fault: Option<Fault>) -> Option<Vec<u8>> {
        let mut moves = self.moves.iter().filter(|_| self.is_whole);
        let end = moves.try_fold(cipher.zero(), |iv, (_, side, step)| {
            let rest = |input| fault.and_then(|fault| fault.rest(*side, input));
            match (fault, side, step) {
                (
                    Some(Fault::Commands),
                    Side::Command,
                    Move::Cmac {
                        is_silent: true, ..
                    },
                )
                | (Some(Fault::Responses), Side::Response, _) => Some(iv),
                (Some(Fault::Whole), _, Move::Cmac { .. }) => {
                    truncated(cipher, &after(cipher, iv, step)?)
                }
                (_, _, Move::Cmac { input, .. }) => {
                    let covered = rest(input).unwrap_or(input);
                    Some(cipher.cmac(&iv, &[covered]))
                }
                _ => after(cipher, iv, step),
            }
        });
        end.filter(|_| self.is_whole).map(bytes)
    }
}

fn bytes(iv: Block) -> Vec<u8> {
    iv.as_ref().to_vec()
}

fn after(cipher: &Cipher, iv: Block, step: &Move) -> Option<Block> {
    match step {
        Move::Stay => Some(iv),
        Move::Cmac { input, .. } => Some(cipher.cmac(&iv, &[input])),
        Move::Block(sealed) => {
            let start = sealed.len().checked_sub(cipher.block_len())?;
            cipher.block(sealed.get(start..)?)
        }
    }
}

fn commanded(row: &Exchange, events: &[Event]) -> Move {
    if row.family == Family::Iso {
        return Move::Stay;
    }
    let has_data = has_command_data(row);
    if row.mode == Some(CommMode::Full) && has_data {
        return Move::Block(row.framed_command(events));
    }
    let body = row.command.as_deref().unwrap_or_default();
    Move::Cmac {
        input: [&[row.ins], body].concat(),
        is_silent: !(row.mode == Some(CommMode::Mac) && has_data),
    }
}

fn answered(row: &Exchange, events: &[Event]) -> Option<Move> {
    if row.mode == Some(CommMode::Full) && !has_command_data(row) {
        return Some(Move::Block(row.framed_response(events)));
    }
    let code = match row.status? {
        Status::Iso(_) => 0,
        status => status.code()?,
    };
    Some(Move::Cmac {
        input: [row.response.as_deref()?, &[code]].concat(),
        is_silent: false,
    })
}

fn has_command_data(row: &Exchange) -> bool {
    let body = row.command.as_ref();
    row.new_key.is_some() || body.is_none_or(|body| body.len() > row.header_len)
}

/// What was transmitted of a CMAC, and zeros; `None` where all of it is transmitted.
fn truncated(cipher: &Cipher, iv: &Block) -> Option<Block> {
    const SENT: usize = 8;
    let mut bytes = iv.as_ref().to_vec();
    bytes.iter_mut().skip(SENT).for_each(|byte| *byte = 0);
    (bytes.len() > SENT).then(|| cipher.block(&bytes))?
}

/// IVs that may be carried over in D40: the last blocks of the cryptograms and MACs before.
pub(super) fn carried(spot: Spot<'_>, key: &Secret) -> Vec<Other> {
    let mut found: Vec<Other> = Vec::new();
    let mut add = |bytes: &[u8], row: usize| {
        if let Some(last) = bytes.last_chunk::<8>()
            && found.len() < MOST
            && found.iter().all(|(iv, _)| iv != last)
        {
            found.push((last.to_vec(), Some(row)));
        }
    };
    let Some(key) = DesKey::new(key.expose()) else {
        return found;
    };
    if spot.side == Side::Response
        && let Some(row) = spot.row()
        && row.mode == Some(CommMode::Full)
    {
        add(&row.framed_command(spot.events), spot.at);
    }
    for (place, row) in spot.before().take(MOST) {
        let (command, answer) = (row.command.as_deref(), row.response.as_deref());
        let data = command.and_then(|body| body.get(row.header_len..));
        let data = data.unwrap_or_default();
        let answer = answer.unwrap_or_default();
        match row.mode {
            Some(CommMode::Full) => {
                add(&row.framed_response(spot.events), place);
                let body = row.framed_command(spot.events);
                add(body.get(row.header_len..).unwrap_or_default(), place);
            }
            Some(CommMode::Mac) if !data.is_empty() => add(&key.cbc_mac(data), place),
            Some(CommMode::Mac) if !answer.is_empty() => add(&key.cbc_mac(answer), place),
            _ => {}
        }
    }
    if let Some((opened, row)) = spot.opened.and_then(|at| Some((at, spot.rows.get(at)?))) {
        let proof = row.responses(spot.events).last();
        let proof = proof.and_then(|bytes| ResponseApdu::parse(row.form, bytes));
        add(proof.map(|answer| answer.data).unwrap_or_default(), opened);
        let token = row.commands(spot.events).last();
        let token = token.map(|bytes| CommandApdu::parse(bytes).body);
        add(token.unwrap_or_default(), opened);
    }
    found
}

/// Messages of a session that is gone through again for each mistake; in a longer one only its last step is left out.
const LONGEST: usize = 1024;

/// How many blocks are tried.
const MOST: usize = 12;
