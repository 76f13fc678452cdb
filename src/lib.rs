//! Tapscope: a workbench for MIFARE DESFire and, later, MIFARE Plus.
//!
//! The manual for people who change it. The glossary and the list of documents are in [`manual`].
//!
//! # Layers
//!
//! Each line may use the lines above it; `tests/architecture.rs` holds the exact table.
//!
//! | layer | modules | knows |
//! |---|---|---|
//! | values | [`report`] [`bytes`] [`crypto`] [`apdu`] [`card`] | data sheets, ciphers, frames |
//! | commands | [`command`] | one definition for host, card and trace |
//! | protection | [`secure_messaging`] [`tmac`] [`sdm`] [`diversify`] [`originality`] [`keyring`] | session keys, MACs, signatures, which key could fit |
//! | three roles | [`dialogue`] (host) [`virtual_card`] (card) [`trace`] (observer) | never each other |
//! | readings | [`inspect`] | what bytes can mean where no command says it |
//! | mistakes | [`explain`] | which broken rule gives the bytes of a row |
//! | calculations | [`calculator`] | a page a topic: inputs, worked steps, what if, which mistake gives my value |
//! | sequences | [`ota`] [`replay`] [`compare`] [`key_search`] | the example application; a recording run again; two recordings by meaning; which keys made one |
//! | files | [`session`] | every JSON form |
//! | devices | [`transport`] | time, operating-system randomness, the loop that moves frames |
//! | model | [`workbench`] | actions, effects, jobs, notices; no widget |
//! | programs | [`headless`], `app` | files, arguments, output; the window |
//!
//! # Invariants
//!
//! * No I/O, clock or operating-system randomness below [`transport`]: core, decoding and replay are functions.
//! * Decoding never fails: it returns a value and findings. What can't be decoded stays a row that says why.
//! * The log of events is only appended; derived data is never saved.
//! * A secret has no `Display` and a redacted `Debug`. No key byte and no random number reaches a session.
//! * A locked key store's keys are neither in the key table nor in its history nor in the rows; a passphrase is in no
//!   argument, no log line and no `Debug`.
//! * A card's refusal is an answer, not an error.
//! * Panels push actions and hold drafts; facts live in [`workbench::Workbench`]. No frame blocks or walks the
//!   whole trace.
//!
//! # Where do I add…
//!
//! * *a command*: a type with [`command::Wire`] in `command/desfire/`, its name in the list of
//!   [`command::Command`], a row in `command/spec.rs`, an arm in `virtual_card/dispatch.rs`. The compiler and
//!   the test "every code has an example" say what is missing.
//! * *a secure-messaging kind*: a file in `secure_messaging/` and in `handshake/`, a variant of
//!   [`secure_messaging::Channel`], an arm in the observer (`trace/auth.rs`, a file beside `trace/ev2.rs` and
//!   `trace/ev1.rs`), in the host (`dialogue/authenticate.rs`, `dialogue/protection.rs`) and in the card
//!   (`virtual_card/auth.rs`, `virtual_card/messaging.rs`).
//! * *a point on which sources conflict*: a line in `virtual_card/profile.rs`, which is field, documentation, option and
//!   image member at once, and a case in `tests/virtual_card/choices.rs` that shows its effect.
//! * *a mistake that hosts or cards make*: an entry in the file of its family in `explain/`, and a host or card that
//!   makes it in `tests/mistakes`, which shares nothing with the entry.
//! * *a file form*: a file in `session/import/` and a line in its table.
//! * *a form of key files*: a file in `session/keys/` and a variant of [`session::keys::KeyFormat`].
//! * *a diversification rule*: a file in `diversify/`, a variant of [`diversify::Rule`] and of
//!   [`keyring::Diversification`].
//! * *a back end's name for a parameter of SDM URLs*: a line in `sdm/url/names.rs`, with where it is used.
//! * *a mistake of SDM back ends*: a variant of [`sdm::Slip`], found in `sdm/slip.rs`.
//! * *files full of what a page of the calculator checks one of*: a variant of [`calculator::batch::Kind`] and of
//!   [`calculator::batch::Checked`], its reader in `session/batch.rs`; button, list and the way onto the page follow.
//! * *a subcommand*: a file in `headless/` and a variant in `headless/args.rs`.
//!
//! * *a panel*: a file in `app/panels/`, a variant of `Panel`; what it wants is a `workbench::Action` with an
//!   arm in `workbench/apply/`. `tests/panels` walks all panels; a button that does nothing fails there.
//! * *something to filter by*: a variant of `filter::Column` with its line in the table there and its arm in
//!   `filter/evaluate.rs`; completion and errors follow.
//! * *work that takes as long as the trace is long*: a variant of `Work` in `workbench/task.rs`, a `Purpose` in
//!   `workbench/running.rs` with what becomes of its result. It runs beside the window and asks at each event
//!   whether it is still wanted.
//! * *something to choose by name*: a variant of `app::Command`; menus, shortcuts and palette follow.
//! * *a kind of reader*: a [`transport::Source`], a variant of `workbench::Place` and of `workbench::CardSource`, its
//!   device in `workbench/worker_devices.rs`. [`transport::Returning`] lets its cards come and go.
//! * *a setting*: a member of `workbench::Settings`, a variant of `Setting`, a line in `app/settings_window.rs`.
//!
//! # Where this differs from the first design
//!
//! * `replay` is a module of its own, not a transport: it needs trace, host and card at once, and no device.
//! * The field tree is not written beside `parse` but recorded by it ([`bytes::Reader::recording`]), so that
//!   names, order and offsets can't differ between what the card reads and what the trace shows.
//! * `ota` starts here with the sequences of the example application, because `tapscope run` needs them.
//! * `transport/pcsc_sys` is a package of its own, the only one with `unsafe`, and replaces `pcsc-sys` of crates.io.
//! * Files are read and written in `workbench/worker_files.rs` for the window and the command line alike.
//! * Where the panels stand is kept in a form of our own (`workbench/settings/arrangement.rs`), not in that of the
//!   docking crate: its next release can't lose the user's arrangement.
//! * An event carries the number of its reader, and a card that comes into the field is an event with the reader's name
//!   and the ATR (session member `card`). Decoding and replay keep a state for each reader ([`trace::Observer`]), so
//!   that a tap beside our own session does not mix with it.
//! * A tap is no transport of its own: it is the card's end of vpcd ([`transport::vpcd::CardEnd`]) over a recorded
//!   transport to the real card. Lending our own card is the same with another card.
//! * The log's lines reach the panel through a bounded channel as actions; the model holds the last thousand.
//! * `explain` sees [`trace`]: what a row says about its session is what a mistake is tried on, and a second form of it
//!   would say the same again. `trace` does not know `explain`; whoever shows a row asks for it.
//! * `session` sees [`crypto`] and [`secure_messaging`]: keys enter and leave files through it, and decode
//!   rows print what an authentication revealed.
//! * The key store ([`session::store`]) has a layout of its own. The format of `age` was wanted first, but its crate brings
//!   69 more, with translations and post-quantum keys; two crates of RustCrypto, whose ciphers are here already, bring nine.
//! * The model has no randomness, so an open store carries the nonce for being locked ([`session::store::StoreKey::close`]),
//!   drawn when it was opened. Every other sealing is a task, which draws its own.
//! * `ota` sees [`secure_messaging`]: a request for an authentication of EV1 holds the key in the handshake's own type.
//! * `transport` sees [`card`]: a reader has to tell a card by its ATR before anybody speaks to it.

pub mod apdu;
#[cfg(feature = "gui")]
pub mod app;
pub mod bytes;
pub mod calculator;
pub mod card;
pub mod command;
pub mod compare;
pub mod crypto;
pub mod dialogue;
pub mod diversify;
pub mod explain;
pub mod filter;
pub mod headless;
pub mod inspect;
pub mod key_search;
pub mod keyring;
pub mod manual;
pub mod originality;
pub mod ota;
pub mod replay;
pub mod report;
pub mod sdm;
pub mod secure_messaging;
pub mod session;
pub mod tmac;
pub mod trace;
pub mod transport;
pub mod virtual_card;
pub mod workbench;
