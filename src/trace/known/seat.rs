//! One reader: the card in its field, and what would hold if it were the one from before.

use super::content;
use super::effect::{Effect, Outcome};
use super::structure;
use crate::apdu::{Family, Status};
use crate::card::Aid;
use crate::card::known::{Fact, KnownCard, KnownSession, OpenSession, Selected};
use crate::command::{self, Command, Rule, Select};
use crate::trace::event::{Event, EventKind};
use crate::trace::exchange::Exchange;
use crate::trace::{iso_auth, shape};

/// What is known at one reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seat {
    now: Followed,
    /// The card of the presentation before, followed as if it were this one, until a UID decides.
    assumed: Option<Followed>,
    /// Whether a row has happened since the card came.
    touched: bool,
}

/// A card, and whether the trace has lost its selection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Followed {
    card: KnownCard,
    astray: bool,
}

impl Seat {
    pub(super) const fn card(&self) -> &KnownCard {
        &self.now.card
    }

    pub(super) fn assumed(&self) -> Option<&KnownCard> {
        self.assumed.as_ref().map(|assumed| &assumed.card)
    }

    /// Takes what is no exchange.
    pub(super) fn event(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Reset | EventKind::Tear { .. } => {
                self.now.activate();
                if let Some(assumed) = &mut self.assumed {
                    assumed.activate();
                }
            }
            EventKind::FieldOff | EventKind::Card(_) => self.present(),
            _ => {}
        }
    }

    /// Another card may be there from now on. Only a card whose UID was seen can be known again.
    fn present(&mut self) {
        let gone = std::mem::take(&mut self.now);
        if self.touched {
            self.assumed = Some(gone).filter(|gone| gone.card.uid.is_some());
        }
        if let Some(assumed) = &mut self.assumed {
            assumed.activate();
        }
        self.now.card = KnownCard::presented();
        self.touched = false;
    }

    pub(super) fn row(&mut self, row: &Exchange, events: &[Event]) {
        self.touched = true;
        let effect = Effect::of(row);
        let shown = row.shown_uid().filter(|_| effect.answer.is_some());
        if let Some(uid) = shown {
            let is = |card: &KnownCard| card.uid.as_ref().map(|fact| fact.value == uid);
            let same = self.assumed.take();
            let same = same.filter(|assumed| is(&assumed.card) == Some(true));
            if is(&self.now.card) == Some(false) {
                // Nothing showed that the card was changed for another.
                self.now = Followed::default();
            }
            if let Some(same) = same {
                self.now = same;
            }
        }
        self.now.absorb(&effect, events);
        if let Some(assumed) = &mut self.assumed {
            assumed.absorb(&effect, events);
        }
    }
}

impl Followed {
    fn activate(&mut self) {
        self.card.activate();
        self.astray = false;
    }

    fn absorb(&mut self, effect: &Effect<'_>, events: &[Event]) {
        let row = effect.row;
        if row.family == Family::Reader {
            structure::absorb(&mut self.card, effect, events, None);
            return;
        }
        let selects = is_select(row) || effect.is(&[SELECT_APPLICATION, DELETE_APPLICATION]);
        if self.card.selection.is_none() && !self.astray && !selects {
            self.card.selection = effect.decoded_aid().map(|aid| Selected {
                aid,
                since: Some(row.index),
            });
        }
        let aid = self.card.selection.map(|selected| selected.aid);
        self.begin_session(effect);
        structure::absorb(&mut self.card, effect, events, aid);
        content::absorb(&mut self.card, effect, aid);
        if effect.is_foreign() && effect.outcome != Outcome::Refused {
            self.card.doubt_pending();
        }
        if effect.is_authentication() {
            self.authenticate(effect);
        } else if selects {
            self.select(effect, aid);
        } else {
            self.go_on(effect);
        }
    }

    /// The channel tells whether there is a session where nothing else did.
    fn begin_session(&mut self, effect: &Effect<'_>) {
        let row = effect.row;
        if effect.is_authentication() || row.family != Family::Desfire {
            return;
        }
        let is_plain = row.channel == Some("plain");
        let is_open = matches!(self.card.session, KnownSession::Open(_));
        if !is_plain && !is_open {
            self.card.session = open(row);
        } else if is_plain && is_open {
            let rule = command::spec(row.ins).map(|spec| spec.rule);
            if rule != Some(Rule::Plain) {
                self.card.session = KnownSession::None;
            }
        }
    }

    fn authenticate(&mut self, effect: &Effect<'_>) {
        let row = effect.row;
        let card = &mut self.card;
        if row.family == Family::Iso && row.ins != iso_auth::INTERNAL {
            if effect.outcome != Outcome::Done {
                card.doubt_pending();
                card.session = KnownSession::Unknown;
            }
            return;
        }
        match effect.outcome {
            Outcome::Done => {
                // Whether any other keeps pending changes, sources dispute.
                if row.ins != NON_FIRST && !card.pending.is_clear() {
                    card.doubt_pending();
                }
                card.session = open(row);
            }
            Outcome::Maybe => {
                card.doubt_pending();
                card.session = KnownSession::Unknown;
            }
            Outcome::Refused if row.family == Family::Iso => {
                card.doubt_pending();
                card.session = KnownSession::Unknown;
            }
            Outcome::Refused => self.refuse(row),
        }
    }

    fn select(&mut self, effect: &Effect<'_>, aid: Option<Aid>) {
        let row = effect.row;
        let target = match (&effect.command, effect.outcome) {
            (Some(Command::Select(_)), Outcome::Refused) => return,
            (_, Outcome::Refused) => {
                self.refuse(row);
                // Which level a card has after it found no application, no source tells.
                if effect.is(&[SELECT_APPLICATION]) {
                    self.lose_selection();
                }
                return;
            }
            (_, Outcome::Maybe) if effect.is(&[DELETE_APPLICATION]) && aid == Some(Aid::PICC) => {
                self.card.session = KnownSession::Unknown;
                return;
            }
            (_, Outcome::Maybe) => {
                self.card.doubt_pending();
                self.card.session = KnownSession::Unknown;
                self.lose_selection();
                return;
            }
            (Some(Command::SelectApplication(select)), _) => {
                Some(select.aid).filter(|_| select.second.is_none())
            }
            (Some(Command::DeleteApplication(_)), _) if aid == Some(Aid::PICC) => return,
            (Some(Command::DeleteApplication(_)), _) => Some(Aid::PICC),
            (Some(Command::Select(select)), _) => match self.find(select, aid) {
                Found::Level(target) => Some(target),
                Found::File => return,
                Found::Unknown => None,
            },
            _ => None,
        };
        self.card.drop_pending();
        self.card.session = KnownSession::None;
        if let Some(aid) = target {
            let since = Some(row.index);
            self.card.selection = Some(Selected { aid, since });
            self.astray = false;
            return;
        }
        self.lose_selection();
        if is_select(row) {
            // It may have been a file, which changes nothing else.
            self.card.doubt_pending();
            self.card.session = KnownSession::Unknown;
        }
    }

    /// What an ISO SELECT has selected, by what is known of this card alone.
    fn find(&self, select: &Select, aid: Option<Aid>) -> Found {
        let named = |fits: &dyn Fn(&crate::card::known::KnownApplication) -> bool| {
            let mut all = self.card.applications.iter();
            all.find(|(_, application)| fits(application))
                .map_or(Found::Unknown, |(aid, _)| Found::Level(*aid))
        };
        let of_application = |fid: u16| {
            named(&|application| application.iso_fid.is_some_and(|fact| fact.value == fid))
        };
        match (select.p1, select.fid()) {
            _ if select.is_master() => Found::Level(Aid::PICC),
            (Select::PARENT, _) => Found::Level(Aid::PICC),
            (Select::FILE, _) => Found::File,
            (Select::BY_NAME, _) => named(&|application| {
                let name = application.df_name.as_ref();
                name.is_some_and(|fact| fact.value == select.data)
            }),
            (Select::CHILD, Some(fid)) => of_application(fid),
            (_, Some(fid)) => {
                let here = aid.and_then(|aid| self.card.level(aid));
                let is_file = here.is_some_and(|here| {
                    let mut files = here.files.values();
                    files.any(|file| file.iso_fid.is_some_and(|fact| fact.value == fid))
                });
                match aid {
                    _ if is_file => Found::File,
                    // At the PICC level there are no files.
                    Some(Aid::PICC) => of_application(fid),
                    _ => Found::Unknown,
                }
            }
            _ => Found::Unknown,
        }
    }

    fn lose_selection(&mut self) {
        self.card.selection = None;
        self.astray = true;
    }

    fn go_on(&mut self, effect: &Effect<'_>) {
        let row = effect.row;
        match effect.outcome {
            Outcome::Refused if row.family == Family::Iso => {
                let again = matches!(row.status, Some(Status::Iso(word)) if word >> 8 == WRONG_LE);
                if !again {
                    self.card.doubt_pending();
                    self.card.session = KnownSession::Unknown;
                }
            }
            Outcome::Refused => self.refuse(row),
            Outcome::Maybe => self.card.session = KnownSession::Unknown,
            Outcome::Done if ends_session(row, &self.card.session) => {
                self.card.session = KnownSession::None;
            }
            // Whether it keeps the session, cards differ.
            Outcome::Done if effect.is(&[FORMAT_PICC]) => {
                self.card.session = KnownSession::Unknown;
            }
            Outcome::Done => {}
        }
    }

    /// A refusal drops what was pending and ends the session (DESFire reference §2); a status word of ISO 7816-4 may come
    /// from before the card has read the command.
    fn refuse(&mut self, row: &Exchange) {
        let in_d40 = matches!(
            &self.card.session,
            KnownSession::Open(open) if open.value.channel == Some("d40")
        );
        let Some(code) = row.status.and_then(Status::code) else {
            self.card.doubt_pending();
            self.card.session = KnownSession::Unknown;
            return;
        };
        self.card.drop_pending();
        let kept = code == NO_CHANGES || code == DENIED && in_d40;
        if !kept && row.status.is_some_and(Status::ends_session) {
            self.card.session = KnownSession::None;
        }
    }
}

/// What an ISO SELECT has found.
enum Found {
    Level(Aid),
    File,
    Unknown,
}

fn is_select(row: &Exchange) -> bool {
    row.family == Family::Iso && row.ins == Select::INS
}

fn open(row: &Exchange) -> KnownSession {
    let key = row.key.as_ref();
    let label = key.map(|key| key.label.clone());
    let open = OpenSession {
        channel: row.channel,
        key: label.filter(|label| !label.is_empty()),
        key_no: key.and_then(|key| key.key_no),
    };
    KnownSession::Open(Fact::new(open, row.index))
}

/// Commands with whose success the session is gone: the change of its own key, a rolled key set, the switch to LRP.
fn ends_session(row: &Exchange, session: &KnownSession) -> bool {
    let body = row.command.as_deref().unwrap_or_default();
    let own = match session {
        KnownSession::Open(open) => open.value.key_no,
        _ => None,
    };
    let changed = match (row.ins, body) {
        (0xC4, [number, ..]) | (0xC6, [0, number, ..]) => Some(number & 0x3F),
        _ => None,
    };
    row.family == Family::Desfire
        && (row.ins == shape::ROLL_KEY_SET
            || shape::enables_lrp(row.ins, body)
            || changed.is_some() && changed == own.map(|own| own & 0x3F))
}

const SELECT_APPLICATION: u8 = 0x5A;
const DELETE_APPLICATION: u8 = 0xDA;
const FORMAT_PICC: u8 = 0xFC;
const NON_FIRST: u8 = 0x77;
const NO_CHANGES: u8 = 0x0C;
const DENIED: u8 = 0x9D;
/// First byte of the status word that asks for another Le.
const WRONG_LE: u16 = 0x6C;
