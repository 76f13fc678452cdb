//! Faults for the next command: one form, and the list of those that wait.

use eframe::egui::{ComboBox, RichText, Ui};

use crate::app::drafts::{FaultDraft, FaultKind};
use crate::app::icons::Icon;
use crate::app::theme::Palette;
use crate::app::widgets;
use crate::transport::{Change, Flip, FrameFault};
use crate::workbench::{Action, Fault, Reader, Workbench};

pub(super) fn faults_ui(
    bench: &Workbench,
    reader: &Reader,
    draft: &mut FaultDraft,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    widgets::section(ui, "Faults, next command");
    choice(
        ui,
        "Fault",
        &mut draft.kind,
        &KINDS.map(|(kind, name, _)| (kind, name)),
    );
    let teaching = KINDS.iter().find(|(kind, ..)| *kind == draft.kind);
    let teaching = teaching.map_or("", |(_, _, teaching)| teaching);
    form(draft, ui);
    let planned = plan(draft);
    let taken = planned
        .as_ref()
        .is_ok_and(|fault| reader.faults.contains(fault));
    let can = bench
        .can_send()
        .and(planned.as_ref().map(|_| ()).map_err(|why| *why));
    let can = if taken {
        can.and(Err("Off, this fault waits already"))
    } else {
        can
    };
    let button = widgets::button(ui, "Arm", can).on_hover_text(teaching);
    if let (true, Ok(fault)) = (button.clicked(), planned) {
        actions.push(Action::Arm(fault));
    }
    waiting(bench, reader, actions, ui);
}

/// Kinds of faults: name, and what they teach.
const KINDS: [(FaultKind, &str, &str); 5] = [
    (
        FaultKind::Tear,
        "Tear",
        "Power fails before this non-volatile write of the next command that writes. The card is in its old or its new state, never between",
    ),
    (
        FaultKind::LoseAnswer,
        "Lose answer",
        "The card executes the command, the answer never arrives. The host can't know which; after a commit it reads the TMC to decide",
    ),
    (
        FaultKind::FlipBits,
        "Flip bits",
        "Bits change on the way. In a protected command the card answers 911E and ends the session; in a protected answer the host finds the response MAC wrong",
    ),
    (
        FaultKind::Delay,
        "Delay",
        "The answer arrives late, as over a slow network. A sequence of many exchanges pays it at each one",
    ),
    (
        FaultKind::ForceStatus,
        "Force status",
        "The card executes the command, the host receives this status instead, without data. A refusal carries no MAC, so the host can't tell that it is false",
    ),
];

/// A named choice among a few.
fn choice<T: Copy + PartialEq>(ui: &mut Ui, name: &str, chosen: &mut T, all: &[(T, &str)]) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(palette.t2));
        let shown = all.iter().find(|(value, _)| value == chosen);
        ComboBox::from_id_salt(name)
            .selected_text(shown.map_or("", |(_, text)| *text))
            .show_ui(ui, |ui| {
                for (value, text) in all {
                    ui.selectable_value(chosen, *value, *text);
                }
            })
            .response
            .labelled_by(label.id);
    });
}

/// A field with its name before it and its complaint under it.
fn input(ui: &mut Ui, name: &str, text: &mut String, hint: &str, complaint: Option<String>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(palette.t2));
        widgets::field(ui, name, text, hint, 56.0);
    });
    if let Some(complaint) = complaint {
        widgets::complaint(ui, &complaint);
    }
}

/// The fields that the chosen kind needs.
fn form(draft: &mut FaultDraft, ui: &mut Ui) {
    let bad = |name: &str, text: &str, expected: &str, good: bool| {
        (!good && !text.trim().is_empty())
            .then(|| format!("{name} is {text:?}, {expected} expected"))
    };
    if draft.kind == FaultKind::Tear {
        let good = number(&draft.write).is_some();
        let why = bad("Write", &draft.write, "a number", good);
        return input(ui, "Before write", &mut draft.write, "0", why);
    }
    let good = code(&draft.code).is_ok();
    let why = bad("Code", &draft.code, "two hexadecimal digits", good);
    input(ui, "Command code", &mut draft.code, "any", why);
    match draft.kind {
        FaultKind::Tear | FaultKind::LoseAnswer => {}
        FaultKind::FlipBits => {
            let ways = [(false, "in the answer"), (true, "in the command")];
            choice(ui, "Where", &mut draft.in_command, &ways);
            let good = number(&draft.byte).is_some();
            let why = bad("Byte", &draft.byte, "a number", good);
            input(ui, "Byte", &mut draft.byte, "0", why);
            let ends = [(false, "from the start"), (true, "from the end")];
            choice(ui, "Counted", &mut draft.from_end, &ends);
            let good = mask(&draft.bits).is_some();
            let why = bad("Bits", &draft.bits, "a mask from 01 to FF", good);
            input(ui, "Bits", &mut draft.bits, "01", why);
        }
        FaultKind::Delay => {
            let good = delay(&draft.ms).is_some();
            let expected = format!("a number from 1 to {LONGEST_MS}");
            let why = bad("Delay", &draft.ms, &expected, good);
            input(ui, "Milliseconds", &mut draft.ms, "500", why);
        }
        FaultKind::ForceStatus => {
            let good = status(&draft.status).is_some();
            let why = bad("Status", &draft.status, "four hexadecimal digits", good);
            input(ui, "Status word", &mut draft.status, "91AE", why);
        }
    }
}

/// The fault that the form describes, or why there is none.
fn plan(draft: &FaultDraft) -> Result<Fault, &'static str> {
    if draft.kind == FaultKind::Tear {
        let write = number(&draft.write).ok_or("Off, type the number of a write first")?;
        return Ok(Fault::Tear(write));
    }
    let change = match draft.kind {
        FaultKind::Tear | FaultKind::LoseAnswer => Change::LoseAnswer,
        FaultKind::FlipBits => {
            let byte = number(&draft.byte).and_then(|byte| usize::try_from(byte).ok());
            let flip = Flip {
                byte: byte.ok_or("Off, type the number of a byte first")?,
                from_end: draft.from_end,
                mask: mask(&draft.bits).ok_or("Off, type a mask such as 01 first")?,
            };
            if draft.in_command {
                Change::FlipCommand(flip)
            } else {
                Change::FlipAnswer(flip)
            }
        }
        FaultKind::Delay => Change::Delay {
            ms: delay(&draft.ms).ok_or("Off, type a number of milliseconds first")?,
        },
        FaultKind::ForceStatus => {
            Change::Status(status(&draft.status).ok_or("Off, type a status such as 91AE first")?)
        }
    };
    let ins = code(&draft.code)?;
    Ok(Fault::Frame(FrameFault { ins, change }))
}

/// Faults that wait, each with a way back.
fn waiting(bench: &Workbench, reader: &Reader, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    for fault in &reader.faults {
        let text = describe(fault);
        ui.horizontal(|ui| {
            ui.add_enabled_ui(bench.can_disarm().is_ok(), |ui| {
                let name = format!("Take back: {text}");
                if widgets::icon_button(ui, Icon::Close, &name).clicked() {
                    actions.push(Action::Disarm(*fault));
                }
            });
            ui.label(RichText::new(&text).color(palette.t1));
        });
    }
    if reader.faults.len() > 1 && widgets::button(ui, "Take all back", bench.can_disarm()).clicked()
    {
        actions.push(Action::ClearFaults);
    }
}

/// What will happen, in one line.
fn describe(fault: &Fault) -> String {
    let FrameFault { ins, change } = match fault {
        Fault::Tear(write) => {
            return format!("Tear before write {write} of the next command that writes");
        }
        Fault::Frame(fault) => fault,
    };
    let command = ins.map_or_else(|| "the next command".to_owned(), |ins| format!("{ins:02X}"));
    let bits = |flip: &Flip| {
        let end = if flip.from_end { " from the end" } else { "" };
        format!("Flip {:02X} in byte {}{end} of", flip.mask, flip.byte)
    };
    match change {
        Change::LoseAnswer => format!("Lose the answer to {command}"),
        Change::FlipCommand(flip) => format!("{} the frame of {command}", bits(flip)),
        Change::FlipAnswer(flip) => format!("{} the answer to {command}", bits(flip)),
        Change::Delay { ms } => format!("Delay the answer to {command} by {ms} ms"),
        Change::Status(word) => format!("Answer {command} with {word:04X}"),
    }
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// A command code; nothing typed is any command.
fn code(text: &str) -> Result<Option<u8>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let code = u8::from_str_radix(text, 16).ok();
    match code.filter(|_| text.len() == 2) {
        Some(code) => Ok(Some(code)),
        None => Err("Off, the command code is not two hexadecimal digits"),
    }
}

fn mask(text: &str) -> Option<u8> {
    let mask = u8::from_str_radix(text.trim(), 16).ok();
    mask.filter(|mask| *mask != 0)
}

fn delay(text: &str) -> Option<u32> {
    number(text).filter(|ms| (1..=LONGEST_MS).contains(ms))
}

fn status(text: &str) -> Option<u16> {
    let text = text.trim();
    let word = u16::from_str_radix(text, 16).ok();
    word.filter(|_| text.len() == 4)
}

/// A minute: longer than any host waits.
const LONGEST_MS: u32 = 60_000;
