//! Plays a plan: right commands, then the one that it is about.

use tapscope::card::KeyType;
use tapscope::keyring::Keyring;
use tapscope::trace::Event;

use super::change_key::{self, Change, Form};
use super::handshake::Way;
use super::message::{Answer, Command, Knobs, Mode, Rule};
use super::plan::{Before, Earlier, Last, Len, Plan, Side};
use super::tmac;
use super::world::{Session, World, draw_key};

/// A recording and the keys of its user.
pub(crate) struct Recorded {
    pub(crate) events: Vec<Event>,
    pub(crate) keyring: Keyring,
}

/// Plays a plan.
pub(crate) fn record(plan: &Plan) -> Recorded {
    let none = Knobs::default();
    let (host, card) = (plan.knobs_of(Side::Host), plan.knobs_of(Side::Card));
    let mut world = World::new(plan);
    let again = matches!(plan.last, Last::AuthAgain);
    let (two, first, commands) = (
        world.dice.once_in(3),
        world.dice.once_in(2),
        world.dice.below(4),
    );
    if plan.last != Last::Auth {
        world.authenticate(false, &none, &none);
    }
    let is_ev2 = plan.channel.way == Way::First;
    if plan.last != Last::Auth && (two || plan.needs.earlier != Earlier::Any) {
        some(&mut world, plan);
        let first = first || !is_ev2 || plan.needs.earlier == Earlier::First;
        world.authenticate(!first, &none, &none);
    }
    if plan.last == Last::Auth {
        if two {
            world.authenticate(false, &none, &none);
            some(&mut world, plan);
        }
        world.authenticate(false, &host, &card);
    } else {
        let commands = if plan.needs.first {
            0
        } else {
            commands.max(plan.needs.commands)
        };
        let least = if plan.last == Last::CommitTmv { 2 } else { 0 };
        while world.pieces.len() < least {
            some(&mut world, plan);
        }
        for left in (0..commands).rev() {
            if left == 0 && plan.needs.before != Before::Any {
                let what = before(&mut world, plan.needs.before);
                play(&mut world, what, Len::Any, Ok(()), [&none, &none]);
            } else {
                some(&mut world, plan);
            }
        }
        if again {
            world.authenticate(true, &host, &card);
        } else {
            let status = match plan.status() {
                0x00 => Ok(()),
                status => Err(status),
            };
            play(
                &mut world,
                plan.last,
                plan.needs.len,
                status,
                [&host, &card],
            );
        }
    }
    let is_open = !matches!(world.session, Session::None);
    for _ in 0..plan.more * usize::from(is_open) {
        some(&mut world, plan);
    }
    Recorded {
        keyring: world.keyring(),
        events: world.talk.events,
    }
}

/// A right command of any kind.
fn some(world: &mut World, plan: &Plan) {
    let (mode, none) = (world.dice.one(&Mode::ALL), Knobs::default());
    let value = world.value_mode;
    let any = [
        Last::Read(mode),
        Last::Read(mode),
        Last::Write(mode),
        Last::Write(mode),
        Last::Credit(value),
        Last::Value(value),
        Last::Settings,
        Last::WriteFree,
        Last::ChangeOther,
        Last::Info,
        Last::Commit,
    ];
    let mut what = world.dice.one(&any);
    if world.is_picc {
        what = Last::Info;
    } else if plan.last == Last::CommitTmv
        && matches!(what, Last::Settings | Last::Info | Last::Commit)
    {
        what = Last::Write(mode);
    }
    play(world, what, Len::Any, Ok(()), [&none, &none]);
}

fn before(world: &mut World, before: Before) -> Last {
    let one = match before {
        _ if world.is_picc => [Last::Info; 2],
        Before::Cipher => [Last::Read(Mode::Full), Last::Write(Mode::Full)],
        Before::Any | Before::Cmac => [Last::Read(Mode::Mac), Last::Write(Mode::Mac)],
    };
    world.dice.one(&one)
}

fn draw_len(world: &mut World, len: Len) -> usize {
    let short = if world.channel.way == Way::D40 { 4 } else { 12 };
    match len {
        Len::Any => 1 + world.dice.below(40),
        Len::Tiny => 1 + world.dice.below(5),
        Len::Short => 1 + world.dice.below(short),
        Len::Blocks => 16 + 16 * world.dice.below(2),
        Len::Loose => 1 + world.dice.below(12) + 16 * world.dice.below(2),
    }
}

/// Data whose end is no padding.
fn draw_data(world: &mut World, len: usize) -> Vec<u8> {
    let mut data = world.dice.bytes(len);
    if let Some(last) = data.last_mut() {
        *last |= 1;
    }
    data
}

/// One command, with what is done wrong by host and card.
fn play(
    world: &mut World,
    what: Last,
    len: Len,
    status: Result<(), u8>,
    [host, card]: [&Knobs; 2],
) {
    let made = match what {
        Last::Read(_) | Last::Write(_) | Last::WriteFree => data_command(world, what, len),
        Last::Credit(mode) | Last::Value(mode) => value_command(world, what, mode),
        Last::ChangeOther | Last::ChangeOwn | Last::ChangeMaster => change_key(world, what, host),
        _ => management(world, what, card),
    };
    let answer = status.map(|()| &made.answer);
    world.exchange(&made.command, answer, host, card);
    if what == Last::ChangeOwn || what == Last::ChangeMaster {
        world.session = Session::None;
    }
    world.pieces.extend(made.piece);
}

/// A command with its right answer.
struct Made {
    command: Command,
    answer: Answer,
    /// What the transaction counts.
    piece: Option<Vec<u8>>,
}

fn data_command(world: &mut World, what: Last, len: Len) -> Made {
    let len = draw_len(world, len);
    let (is_read, mode, file) = match what {
        Last::Read(mode) => (true, mode, index(mode)),
        Last::Write(mode) => (false, mode, index(mode)),
        _ => (false, Mode::Plain, 4),
    };
    let file_no = world.files[file];
    let offset = u8::try_from(world.dice.below(200)).unwrap();
    let length = u8::try_from(len).unwrap();
    let parameters = [offset, 0, 0, length, 0, 0];
    let ins = if is_read { 0xBD } else { 0x3D };
    let data = draw_data(world, len);
    let piece = tmac::data_piece(ins, file_no, &parameters, &data);
    let (sent, answered) = if is_read {
        (Vec::new(), data)
    } else {
        (data, Vec::new())
    };
    Made {
        command: Command {
            ins,
            header: [&[file_no][..], &parameters].concat(),
            data: sent,
            mode,
            rule: Rule::File,
        },
        answer: Answer {
            data: answered,
            mode,
            rule: Rule::File,
        },
        piece: Some(piece),
    }
}

const fn index(mode: Mode) -> usize {
    match mode {
        Mode::Plain => 0,
        Mode::Mac => 1,
        Mode::Full => 2,
    }
}

fn value_command(world: &mut World, what: Last, mode: Mode) -> Made {
    let file_no = world.files[3];
    let mut value = draw_data(world, 4);
    value[3] &= 0x7F;
    let change = world.dice.one(&[0x0C, 0xDC]);
    let is_get = matches!(what, Last::Value(_));
    let ins = if is_get { 0x6C } else { change };
    let piece = tmac::value_piece(ins, file_no, &value);
    let (sent, answered) = if is_get {
        (Vec::new(), value)
    } else {
        (value, Vec::new())
    };
    Made {
        command: Command {
            ins,
            header: vec![file_no],
            data: sent,
            mode,
            rule: Rule::File,
        },
        answer: Answer {
            data: answered,
            mode,
            rule: Rule::File,
        },
        piece: Some(piece),
    }
}

fn management(world: &mut World, what: Last, card: &Knobs) -> Made {
    let (ins, header, data) = match what {
        Last::Settings => {
            let at = world.dice.below(world.files.len());
            (0xF5, vec![world.files[at]], world.settings(at))
        }
        Last::Commit => (0xC7, Vec::new(), Vec::new()),
        Last::CommitTmv => {
            let World {
                tmac_key,
                counter,
                uid,
                ..
            } = &*world;
            let answer = tmac::answer(tmac_key, *counter, uid, &world.pieces, card);
            (0xC7, vec![0x01], answer)
        }
        _ => {
            let kind = match world.channel.kind {
                KeyType::Aes128 => 0x80,
                KeyType::ThreeKey3Des => 0x40,
                _ => 0x00,
            };
            (0x45, Vec::new(), vec![0x0F, kind | 5])
        }
    };
    if ins == 0xC7 {
        world.pieces.clear();
        world.counter += 1;
    }
    Made {
        command: Command {
            ins,
            header,
            data: Vec::new(),
            mode: Mode::Mac,
            rule: Rule::Management,
        },
        answer: Answer {
            data,
            mode: Mode::Mac,
            rule: Rule::Management,
        },
        piece: None,
    }
}

fn change_key(world: &mut World, what: Last, host: &Knobs) -> Made {
    let (own, others) = (world.key_no, world.keys.len() - 1);
    let [target, foreign] = [world.dice.below(others), world.dice.below(others)];
    let target = if what == Last::ChangeOther {
        (own + 1 + target) % (others + 1)
    } else {
        own
    };
    let foreign = (target + 1 + foreign) % (others + 1);
    let types = match world.channel.kind {
        KeyType::Aes128 => [KeyType::ThreeKey3Des; 2],
        KeyType::ThreeKey3Des => [KeyType::Aes128; 2],
        _ => [KeyType::ThreeKey3Des, KeyType::Aes128],
    };
    let other_kind = world.dice.one(&types);
    let kind = if what == Last::ChangeMaster {
        other_kind
    } else {
        world.channel.kind
    };
    let bits = match (what, kind) {
        (Last::ChangeMaster, _) if host.on("change-key-type-bits") => 0x00,
        (Last::ChangeMaster, KeyType::Aes128) => 0x80,
        (Last::ChangeMaster, _) => 0x40,
        _ => 0x00,
    };
    let version = world.dice.bytes(1)[0];
    let change = Change {
        form: match world.channel.way {
            Way::D40 => Form::D40,
            Way::Ev1 => Form::Ev1,
            Way::First | Way::NonFirst => Form::Ev2,
        },
        key_no: u8::try_from(target).unwrap() | bits,
        own: target == own,
        new: draw_key(&mut world.dice, kind),
        old: world.keys[target].clone(),
        foreign: world.table[foreign].clone(),
        version: (kind == KeyType::Aes128).then_some(version),
    };
    let made = Made {
        command: Command {
            ins: 0xC4,
            header: vec![change.key_no],
            data: change_key::data(&change, host),
            mode: Mode::Full,
            rule: Rule::Key,
        },
        answer: Answer {
            data: Vec::new(),
            mode: Mode::Mac,
            rule: if change.own {
                Rule::Ending
            } else {
                Rule::Management
            },
        },
        piece: None,
    };
    world.keys[target] = change.new;
    made
}
