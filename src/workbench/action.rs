//! Everything a user can want, as values.

use std::path::PathBuf;

use crate::calculator::batch::Kind;
use crate::card::Aid;
use crate::card::product::Product;
use crate::compare::Aspect;
use crate::crypto::vault::Passphrase;
use crate::keyring::KeyEntry;
use crate::session::keys::AidOrder as TableOrder;
use crate::virtual_card::Image;

use super::batches::PageInputs;
use super::copying::CopyForm;
use super::faults::Fault;
use super::log_line::LogLine;
use super::reader::Port;
use super::repeating::Repeat;
use super::settings::Setting;
use crate::transport::pcsc::{Protocol, Sharing};

/// An intention. Menus, shortcuts, palette, panels and tests push the same ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Credit the value file of the example application; cents.
    TopUp {
        /// Amount.
        amount: i32,
    },
    /// Debit it at a terminal; cents.
    Spend {
        /// Amount.
        amount: i32,
    },
    /// Create the example application on the card.
    Personalise,
    /// Choose the reader that the next actions use.
    ChooseReader(usize),
    /// Put the card into the field, or take it out.
    PresentCard(bool),
    /// Field off and on.
    ResetCard,
    /// Send a frame as it is.
    SendRaw(Vec<u8>),
    /// Send the command of a row again, as edited.
    Repeat(Box<Repeat>),
    /// Authenticate with a key of the table.
    Authenticate {
        /// Application.
        aid: Aid,
        /// Key number.
        key_no: u8,
    },
    /// List applications and their files.
    ListApplications,
    /// Read a file of an application.
    ReadFile {
        /// Application.
        aid: Aid,
        /// Key to authenticate with.
        key_no: u8,
        /// File number.
        file_no: u8,
    },
    /// Select a row of the trace.
    SelectRow(Option<usize>),
    /// Move the selection.
    MoveSelection(Move),
    /// Select a row and bring it into view, wherever it is.
    GoToRow(usize),
    /// Keep the newest row in view.
    Follow(bool),
    /// Mark or unmark the selected row.
    ToggleMark,
    /// Write a note on a row; empty text removes it.
    NoteRow {
        /// Row.
        row: usize,
        /// Text.
        text: String,
    },
    /// Look whether anything holds a text, without moving the selection; what is typed is looked for so.
    Seek(String),
    /// Search in names, plaintext and wire bytes; moves the selection to the next hit.
    Find {
        /// Text or hexadecimal digits.
        text: String,
        /// Search upwards.
        back: bool,
    },
    /// Show the rows that pass a filter; all of them with an empty one.
    Filter(String),
    /// Keep the filter in the history.
    RememberFilter,
    /// Keep a filter, or forget a kept one.
    SaveFilter(String),
    /// Compare the trace with that of a file.
    CompareWith(PathBuf),
    /// Compare with the same trace again.
    CompareAgain,
    /// Say with which inputs of the calculator's page the lines of the next file of this kind are checked.
    PrepareCheck(Kind, PageInputs),
    /// Check the lines of a file.
    CheckFile(Kind, PathBuf),
    /// Stop checking a file.
    CancelCheck(Kind),
    /// Put what became of a file's lines away.
    CloseChecked(Kind),
    /// Leave something out of comparisons, or take it in.
    Ignore(Aspect, bool),
    /// Start an empty trace.
    NewSession,
    /// Open a session file.
    OpenSession(PathBuf),
    /// Show the unsaved trace that a crash left.
    Recover(Vec<u8>),
    /// Open one of the sample sessions.
    OpenSample(usize),
    /// Save to the given place, or where the session came from.
    SaveSession(Option<PathBuf>),
    /// Replay the trace.
    Replay(ReplayTarget),
    /// Add a key to the table.
    AddKey(KeyEntry),
    /// Replace a key.
    EditKey {
        /// Place in the table.
        index: usize,
        /// The new entry.
        key: KeyEntry,
    },
    /// Remove a key.
    RemoveKey(usize),
    /// Import a key file.
    ImportKeys(PathBuf),
    /// Say how the AIDs of the key table that asks for it are written; `None` imports nothing.
    ImportAs(Option<TableOrder>),
    /// Try all keys on the recorded authentications, or on that of one row.
    FindKeys {
        /// Row.
        row: Option<usize>,
        /// File with further keys, one a line.
        dictionary: Option<PathBuf>,
    },
    /// Write the key table to a file; it holds the keys in clear.
    ExportKeys(PathBuf),
    /// Put keys under a passphrase. With one, all keys of the table but the public demo keys become a new key store, in
    /// `path` or in place of the present one. Without, the present store is written back with what was edited.
    SaveStore {
        /// The file; the present store's when none.
        path: Option<PathBuf>,
        /// The passphrase of a new store.
        passphrase: Option<Passphrase>,
    },
    /// Open a key store, or unlock the present one.
    OpenStore {
        /// The file.
        path: PathBuf,
        /// Its passphrase.
        passphrase: Passphrase,
    },
    /// Take the store's keys out of the table, the rows and the memory until it is opened again.
    LockStore,
    /// Lock the store and forget it.
    CloseStore,
    /// Stop the work whose progress is shown.
    Cancel,
    /// Decode the rows with the present keys, after that was cancelled.
    Redecode,
    /// Take the last edit back.
    Undo,
    /// Do it again.
    Redo,
    /// Make a new embedded card.
    CreateCard(CardStart),
    /// Take a reader out of the list: an embedded card, a port, or one that is unplugged.
    RemoveReader(usize),
    /// Connect to the card on the chosen PC/SC reader, and to every card that comes there from now on.
    Connect,
    /// Let go of it.
    Disconnect,
    /// Choose how the next connection is shared.
    Share(Sharing),
    /// Choose how frames travel in the next connection.
    Speak(Protocol),
    /// Open a port that cards connect to.
    Listen(Port),
    /// Lend the chosen reader's card to the virtual reader at this address: ours to programs, or a tap on a real one.
    Lend(String),
    /// End lending.
    TakeBack,
    /// Set the committed value of a value file of the chosen embedded card.
    EditValue {
        /// Application.
        aid: Aid,
        /// File number.
        file_no: u8,
        /// New value.
        value: i32,
    },
    /// Set what the chosen embedded card does where sources differ: names and values of [`Profile::choices`].
    ///
    /// [`Profile::choices`]: crate::virtual_card::Profile::choices
    Choose(Vec<(String, String)>),
    /// Keep the card's present state.
    Snapshot,
    /// Go back to the kept state.
    Restore,
    /// Write the card's image to a file; it is key material.
    SaveImage(PathBuf),
    /// Make an embedded card from an image file.
    LoadImage(PathBuf),
    /// Let a fault wait for its command; one that waits already does not wait twice.
    Arm(Fault),
    /// Take a waiting fault back.
    Disarm(Fault),
    /// Take all waiting faults back.
    ClearFaults,
    /// Load a file of templates: what the bytes of cards' files mean.
    LoadTemplates(PathBuf),
    /// Forget a loaded file of templates, by its place among them.
    RemoveTemplates(usize),
    /// Tell the user something that went wrong outside the model.
    Warn(String),
    /// Close a notice.
    CloseNotice(u64),
    /// Change a setting.
    Set(Setting),
    /// Put text on the clipboard.
    Copy(String),
    /// Put the selected row on the clipboard.
    CopyRow(CopyForm),
    /// Keep a line that the program logged.
    Log(LogLine),
    /// Forget the lines that the program logged.
    ClearLog,
    /// A file that the program asked for has arrived.
    FileRead {
        /// Where it is from.
        path: PathBuf,
        /// What for.
        purpose: FilePurpose,
        /// The bytes, or why there are none.
        content: Result<Vec<u8>, String>,
    },
    /// A file was written, or not.
    FileWritten {
        /// Where to.
        path: PathBuf,
        /// What for.
        purpose: FilePurpose,
        /// Why it was not.
        error: Option<String>,
    },
}

impl Action {
    /// Whether the user wants it; the rest comes from the program itself.
    pub(super) const fn is_by_user(&self) -> bool {
        !matches!(
            self,
            Self::Log(_)
                | Self::Warn(_)
                | Self::Recover(_)
                | Self::FileRead { .. }
                | Self::FileWritten { .. }
        )
    }
}

/// What a file is read or written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePurpose {
    /// The trace.
    Session,
    /// The key table.
    Keys,
    /// A card image.
    Image,
    /// The key store.
    Store,
    /// Templates.
    Templates,
    /// A trace to compare with.
    Other,
    /// Lines to be checked.
    Lines(Kind),
    /// Keys to be tried on the authentication of a row, or on all.
    Dictionary {
        /// Row.
        row: Option<usize>,
    },
}

/// How the selection moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// By rows, negative is up.
    By(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Among the rows of the selected row's session.
    InSession(Within),
    /// To the next marked row, or upwards to the one before; round the end.
    Mark {
        /// Upwards.
        back: bool,
    },
}

/// A row of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// The first, which is the authentication.
    First,
    /// The one before.
    Previous,
    /// The next.
    Next,
    /// The last.
    Last,
}

/// What a replay compares with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayTarget {
    /// The recorded answers.
    #[default]
    Recorded,
    /// A virtual card from the start image.
    Card,
}

/// What a new embedded card starts from.
#[derive(Clone, Debug, PartialEq)]
pub enum CardStart {
    /// The personalised demo card.
    Demo,
    /// The demo card before personalisation.
    Blank,
    /// A card as delivered.
    Factory(Product),
    /// An image.
    Image(Box<Image>),
}
