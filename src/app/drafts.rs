//! What the user is typing or looking at; never a fact about a card.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use super::path_draft::{PathDraft, PathPurpose};

use super::panels::{ByteRange, CalculatorDraft, FindingsDraft, Panel};
use super::repeats::RepeatDrafts;
use crate::card::known::template::TemplateReading;
use crate::card::product::Product;
use crate::card::{Aid, KeyType};
use crate::crypto::vault::Hidden;
use crate::diversify::Rule;
use crate::explain::Explanation;
use crate::keyring::Use;
use crate::report::{Field, Finding};
use crate::trace::Proof;
use crate::workbench::{Action, LogLevel, Port, ReplayTarget, Workbench};

/// A proof with the state of the rows and the row that it is of.
pub(super) type KeptProof = ((u64, usize), Arc<Option<Proof>>);

/// Explanations with trace, state of the rows, and row.
pub(super) type KeptExplanation = ((u64, u64, usize), Arc<Vec<Explanation>>);

/// Files of a card and of the card that it may still be, with trace, state of the rows, templates, and row.
pub(super) type KeptReadings = ((u64, u64, u64, usize), Arc<[Vec<TemplateReading>; 2]>);

/// A finding whose field is to be chosen.
#[derive(Clone, Debug)]
pub struct Marking {
    /// Trace and state of the rows that it is of: in others it is no wish any more.
    of: (u64, u64),
    row: usize,
    finding: Finding,
}

/// Drafts of all panels.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one thing whether it is open or wanted"
)]
#[derive(Debug, Default)]
pub struct Drafts {
    /// Amount for top-up and spend, as typed.
    pub amount: String,
    /// What the replay button compares with.
    pub replay_on: ReplayTarget,
    /// Raw APDU line.
    pub raw: String,
    /// Raw APDUs sent before, newest last.
    pub raw_history: Vec<String>,
    /// Application to authenticate in.
    pub aid: String,
    /// Key number to authenticate with.
    pub key_no: String,
    /// File to read.
    pub file_no: String,
    /// Port being opened.
    pub port: Option<Port>,
    /// Where the virtual reader listens that a card is lent to; the usual one when empty.
    pub lend_to: String,
    /// First row of the trace list that is drawn, and the part of it above the edge.
    pub scroll: (usize, f32),
    /// What is typed as a display filter.
    pub filter: FilterDraft,
    /// Search text.
    pub find: String,
    /// Asks for the keyboard focus in the search field.
    pub focus_find: bool,
    /// Chosen field: its place in the row's field tree.
    pub field: Option<usize>,
    /// Row that the chosen field is of.
    pub field_row: Option<usize>,
    /// The finding whose field is to be chosen when its row is selected.
    pub marking: Option<Marking>,
    /// What is shown of the findings.
    pub findings: FindingsDraft,
    /// How the MACs of the selected row came about.
    pub proof: Option<KeptProof>,
    /// The files of the card at the selected row, read by templates.
    pub template_readings: Option<KeptReadings>,
    /// What explains the selected row.
    pub explanation: Option<KeptExplanation>,
    /// Which of the explanations is opened.
    pub explained: usize,
    /// The pages of the calculator.
    pub calculator: CalculatorDraft,
    /// Commands that are edited to be sent again.
    pub repeats: RepeatDrafts,
    /// A panel that is to come forward.
    pub show: Option<Panel>,
    /// Field under the pointer.
    pub hovered_field: Option<usize>,
    /// Branches of the field tree that the user opened or closed: not as they are at first.
    pub flipped: BTreeSet<&'static str>,
    /// Bytes that the pointer chose.
    pub byte_range: Option<ByteRange>,
    /// Which byte tab is shown.
    pub bytes_tab: BytesTab,
    /// The key form.
    pub key: KeyDraft,
    /// The form for a key store.
    pub store: Option<StoreDraft>,
    /// Path typed for a file.
    pub path: PathDraft,
    /// Note being typed on a row.
    pub note: Option<NoteDraft>,
    /// File of the embedded card whose content is shown.
    pub card_file: Option<(Aid, u8)>,
    /// Value being typed for a value file.
    pub value: String,
    /// Product of the next card as delivered.
    pub product: Option<Product>,
    /// The fault form.
    pub fault: FaultDraft,
    /// Command palette.
    pub palette: Option<PaletteDraft>,
    /// Whether help is open.
    pub help: bool,
    /// Whether the settings are open.
    pub settings: bool,
    /// Whether the columns of the trace are offered.
    pub columns: bool,
    /// Whether the kept filters are open.
    pub kept_filters: bool,
    /// The colour rules, while they are edited.
    pub colour_rules: Option<ColourRulesDraft>,
    /// Whether the window about the program is open.
    pub about: bool,
    /// Whether the forms of copying a row are offered.
    pub copying: bool,
    /// Row number being typed.
    pub go_to: Option<GoToDraft>,
    /// Lines of the log that are shown: this level and what matters more.
    pub log_level: LogLevel,
    /// What would lose an unsaved trace, while the user is asked.
    pub leaving: Option<Leaving>,
}

/// The display filter being typed.
#[derive(Debug, Default)]
pub struct FilterDraft {
    /// Asks for the keyboard focus in its field.
    pub focus: bool,
    /// The chosen completion.
    pub chosen: usize,
    /// Text for which the completions were closed by Esc.
    pub closed_for: Option<String>,
}

/// The colour rules being edited.
#[derive(Debug, Default)]
pub struct ColourRulesDraft {
    /// Texts that are no filters, by the rule's place: there the filter before stays in force.
    pub typed: BTreeMap<usize, String>,
}

/// What would lose an unsaved trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaving {
    /// The window closes.
    Quit,
    /// Another trace takes its place.
    Replace(Action),
}

/// Which bytes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesTab {
    /// All three.
    #[default]
    All,
    /// As they crossed the interface.
    Wire,
    /// Without framing and chaining.
    Framed,
    /// Without secure messaging.
    Plain,
}

/// The form for a new or changed key.
#[derive(Debug)]
pub struct KeyDraft {
    /// Whether the form is open.
    pub open: bool,
    /// Row that is edited; a new key when none.
    pub editing: Option<usize>,
    /// Label.
    pub label: String,
    /// AID, `*` for any.
    pub aid: String,
    /// What the key is for.
    pub usage: Use,
    /// Key number.
    pub key_no: String,
    /// Key set.
    pub key_set: String,
    /// File of a key of a file, in hexadecimal.
    pub file_no: String,
    /// Version, in hexadecimal.
    pub version: String,
    /// Hexadecimal value.
    pub value: String,
    /// Type of the key.
    pub key_type: KeyType,
    /// How the card's key is diversified; none when the value is the key.
    pub rule: Option<Rule>,
    /// Template of the diversification input.
    pub template: String,
    /// Chosen row.
    pub selected: Option<usize>,
    /// Whether the form got the keyboard focus when it opened.
    pub focused: bool,
}

impl Default for KeyDraft {
    fn default() -> Self {
        Self {
            open: false,
            editing: None,
            label: String::new(),
            aid: String::new(),
            usage: Use::Auth,
            key_no: String::new(),
            key_set: "0".into(),
            file_no: String::new(),
            version: "00".into(),
            value: String::new(),
            key_type: KeyType::Aes128,
            rule: None,
            template: String::new(),
            selected: None,
            focused: false,
        }
    }
}

/// What is wished of a key store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreWish {
    /// Make one of the keys in the table.
    Make,
    /// Open one.
    Open,
    /// Unlock the one that is known.
    Unlock,
}

/// The form for a key store. Nothing prints its passphrases, and they are wiped with it.
pub struct StoreDraft {
    /// What is wished.
    pub wish: StoreWish,
    /// The file.
    pub path: String,
    /// The passphrase.
    pub passphrase: Hidden,
    /// The passphrase of a new store once more.
    pub again: Hidden,
    /// Whether the form got the keyboard focus when it opened.
    pub focused: bool,
}

impl StoreDraft {
    /// An empty form.
    pub(super) fn new(wish: StoreWish) -> Self {
        Self {
            wish,
            path: String::new(),
            passphrase: Hidden::default(),
            again: Hidden::default(),
            focused: false,
        }
    }

    /// Why the form is not complete.
    pub(super) fn can(&self) -> Result<(), &'static str> {
        if self.path.trim().is_empty() {
            Err("Off, type a file name first")
        } else if self.passphrase.is_empty() {
            Err("Off, type the passphrase first")
        } else if self.wish == StoreWish::Make && *self.passphrase != *self.again {
            Err("Off, the two passphrases differ")
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for StoreDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreDraft")
            .field("wish", &self.wish)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The form for a fault.
#[derive(Debug)]
pub struct FaultDraft {
    /// What happens.
    pub kind: FaultKind,
    /// Write before which power fails.
    pub write: String,
    /// Command code; empty for whatever comes next.
    pub code: String,
    /// Whether the command's bits flip, not the answer's.
    pub in_command: bool,
    /// Place of the byte whose bits flip.
    pub byte: String,
    /// Whether the place counts from the end.
    pub from_end: bool,
    /// The bits, as a mask.
    pub bits: String,
    /// Milliseconds of delay.
    pub ms: String,
    /// Status that the host sees.
    pub status: String,
}

impl Default for FaultDraft {
    fn default() -> Self {
        Self {
            kind: FaultKind::Tear,
            write: String::new(),
            code: String::new(),
            in_command: false,
            byte: String::new(),
            from_end: false,
            bits: "01".into(),
            ms: "500".into(),
            status: "91AE".into(),
        }
    }
}

/// Kinds of faults, as the form offers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Power fails before a write.
    Tear,
    /// The answer never arrives.
    LoseAnswer,
    /// Bits change on the way.
    FlipBits,
    /// The answer arrives late.
    Delay,
    /// The host receives another status.
    ForceStatus,
}

/// A note being typed.
#[derive(Debug, Default)]
pub struct NoteDraft {
    /// Row that it is on.
    pub row: usize,
    /// The text.
    pub text: String,
    /// Whether the dialog got the keyboard focus when it opened.
    pub focused: bool,
}

/// A row number being typed.
#[derive(Debug, Default)]
pub struct GoToDraft {
    /// The text.
    pub text: String,
    /// Whether the dialog got the keyboard focus when it opened.
    pub focused: bool,
}

/// The command palette.
#[derive(Debug, Default)]
pub struct PaletteDraft {
    /// What is typed.
    pub text: String,
    /// Chosen line.
    pub chosen: usize,
}

impl Drafts {
    /// Puts a row into the Repeat panel, and brings that forward.
    pub(super) fn repeat(&mut self, bench: &Workbench, row: Option<usize>) {
        if let Some(row) = row {
            self.repeats.open(bench, row);
            self.show = Some(Panel::Repeat);
        }
    }

    /// Wishes that the field of a finding is chosen when its row is selected.
    pub(super) fn mark(&mut self, bench: &Workbench, row: usize, finding: &Finding) {
        self.marking = Some(Marking {
            of: (bench.trace_no(), bench.rows_no()),
            row,
            finding: finding.clone(),
        });
    }

    /// Another row has no chosen field, unless one was wished for. `tree`: the fields of the selected row.
    pub(super) fn choose_field(&mut self, bench: &Workbench, selected: usize, tree: &[Field]) {
        if self.field_row.replace(selected) != Some(selected) {
            self.field = None;
        }
        let of = (bench.trace_no(), bench.rows_no());
        let is_due = |wish: &mut Marking| wish.row == selected || wish.of != of;
        let wished = self.marking.take_if(is_due);
        if let Some(wish) = wished.filter(|wish| wish.of == of) {
            self.field = wish.finding.place_in(tree);
        }
    }

    /// Where a card is lent to: as typed, or pcscd's virtual reader.
    pub(super) fn lend_to(&self) -> &str {
        let typed = self.lend_to.trim();
        if typed.is_empty() { VPCD } else { typed }
    }
}

/// A port to begin with, beside those of pcscd's virtual readers.
pub(super) fn first_port() -> Port {
    Port {
        address: PORT.into(),
        open_to_network: false,
    }
}

/// Where pcscd's virtual reader listens.
pub(super) const VPCD: &str = "127.0.0.1:35963";
pub(super) const PORT: &str = "127.0.0.1:35970";
