//! `crc`, `tmac`, `sdm verify`, …: a subcommand for each topic of the calculator, made from what the topic says of itself.

use std::fmt::Write as _;
use std::io::Write;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};

use super::args::Arguments;
use super::files;
use super::{BadInput, Outcome};
use crate::bytes::hex;
use crate::calculator::{
    self, Beside, Field, Kind, Need, Overrides, Place, TOPICS, Texts, Topic, Weight,
};
use crate::session;

/// Adds the subcommands of all topics.
pub(super) fn with_topics(command: Command) -> Command {
    let mut groups: Vec<(&str, Vec<Command>)> = Vec::new();
    let mut command = command;
    for topic in TOPICS {
        match topic.id.split_once(' ') {
            None => command = command.subcommand(subcommand(topic.id, topic)),
            Some((first, second)) => {
                let made = subcommand(second, topic);
                match groups.iter_mut().find(|(name, _)| *name == first) {
                    Some((_, commands)) => commands.push(made),
                    None => groups.push((first, vec![made])),
                }
            }
        }
    }
    for (name, commands) in groups {
        let titles: Vec<&str> = TOPICS
            .iter()
            .filter(|topic| {
                topic
                    .id
                    .split_once(' ')
                    .is_some_and(|(first, _)| first == name)
            })
            .map(|topic| topic.title)
            .collect();
        let group = Command::new(name)
            .about(titles.join(" · "))
            .subcommand_required(true)
            .subcommands(commands);
        command = command.subcommand(group);
    }
    command
}

fn subcommand(name: &'static str, topic: &Topic) -> Command {
    let fields = topic.fields.iter().map(argument);
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    let pair = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("STEP=HEX")
            .action(ArgAction::Append)
            .help(help)
    };
    Command::new(name)
        .about(topic.about)
        .args(fields)
        .arg(pair("what-if", "Bytes to go on with in place of a computed step; the rest follows"))
        .arg(pair("mine", "Your value of a step: the first byte that differs and a known mistake that explains it are named"))
        .arg(switch("secrets", "Print key bytes and session keys"))
        .arg(switch("json", "One JSON object"))
        .arg(switch("markdown", "A Markdown table").conflicts_with("json"))
}

fn argument(field: &Field) -> Arg {
    let help = match field.need {
        Need::Default(text) => format!("{} [default: {text}]", field.help),
        Need::Always | Need::Optional => field.help.to_owned(),
    };
    let arg = Arg::new(field.name).help(help).allow_hyphen_values(true);
    let arg = match &field.kind {
        Kind::Flag => arg.allow_hyphen_values(false).action(ArgAction::SetTrue),
        Kind::Choice(choices) => {
            let values = choices.iter().map(|choice| choice.value);
            arg.value_name("NAME")
                .value_parser(PossibleValuesParser::new(values))
        }
        Kind::Bytes(_) => arg.value_name("HEX"),
        Kind::Number(_) | Kind::Counter(_) => arg.value_name("N"),
        Kind::Text => arg.value_name("TEXT"),
        Kind::Lines => arg.value_name("LINE|@FILE").action(ArgAction::Append),
    };
    if field.positional {
        arg.value_name(field.name)
    } else {
        arg.long(field.name)
    }
}

/// The arguments; those of a topic are in the matches only.
pub(super) fn asked(matches: &ArgMatches) -> Result<Arguments, clap::Error> {
    if chosen(matches).is_none() {
        return Arguments::from_arg_matches(matches);
    }
    Ok(Arguments {
        file: matches.get_one("file").cloned(),
        log: matches.get_one("log").cloned(),
        renderer: None,
        task: None,
    })
}

/// The topic that was asked for, with its options.
pub(super) fn chosen(matches: &ArgMatches) -> Option<(&'static Topic, &ArgMatches)> {
    let (name, inner) = matches.subcommand()?;
    match inner.subcommand() {
        Some((second, deepest)) => Some((calculator::topic(&format!("{name} {second}"))?, deepest)),
        None => Some((calculator::topic(name)?, inner)),
    }
}

/// Computes the table and prints it.
pub(super) fn calculate(
    topic: &Topic,
    options: &ArgMatches,
    out: &mut impl Write,
) -> Result<Outcome, BadInput> {
    let texts = texts(topic, options)?;
    let changed = pairs(options, "what-if")?;
    let mine = pairs(options, "mine")?;
    let outcome = topic.run(&texts, &changed);
    let secrets = options.get_flag("secrets");
    if outcome.is_refused() {
        return Err(BadInput::new(refusals(topic, &outcome)));
    }
    for key in changed.keys().chain(mine.keys()) {
        if outcome.sheet.bytes(key).is_none() {
            return Err(BadInput::new(format!(
                "{key:?} is no step of {}; steps: {}",
                topic.id,
                steps(&outcome)
            )));
        }
    }
    let beside: Vec<Beside> = mine
        .iter()
        .map(|(key, mine)| Beside::new(topic, &texts, &changed, &outcome, key, mine))
        .collect();
    let text = if options.get_flag("json") {
        session::worked::json(topic, &outcome, &beside, secrets)
    } else {
        let mut text = if options.get_flag("markdown") {
            calculator::markdown(&outcome.sheet, secrets)
        } else {
            calculator::text(&outcome.sheet, secrets)
        };
        for slip in &outcome.slips {
            let _written = write!(text, "\n{}: {}", slip.place.name(), slip.sentence());
        }
        if !secrets && outcome.sheet.lines().iter().any(|line| line.secret) {
            text.push_str("\nKey material is hidden, --secrets shows it");
        }
        for beside in &beside {
            let _written = write!(text, "\n{}", beside.sentences().join("\n"));
        }
        text
    };
    files::print(out, text.trim_end())?;
    let wrong = outcome.sheet.is_wrong() || beside.iter().any(Beside::differs);
    Ok(if wrong { Outcome::Wrong } else { Outcome::Fine })
}

fn texts(topic: &Topic, options: &ArgMatches) -> Result<Texts, BadInput> {
    let mut texts = Texts::new();
    for field in topic.fields {
        let text = match field.kind {
            Kind::Flag => Some(options.get_flag(field.name).to_string()),
            Kind::Lines => match options.get_many::<String>(field.name) {
                Some(lines) => {
                    let read: Result<Vec<String>, BadInput> =
                        lines.map(|line| one_or_file(line)).collect();
                    Some(read?.join("\n"))
                }
                None => None,
            },
            _ => options.get_one::<String>(field.name).cloned(),
        };
        texts.extend(text.map(|text| (field.name.to_owned(), text)));
    }
    Ok(texts)
}

fn one_or_file(line: &str) -> Result<String, BadInput> {
    match line.strip_prefix('@') {
        Some(path) => {
            let bytes = files::read(path.as_ref())?;
            String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                BadInput::new(format!("{path}: byte {at} is no UTF-8 text"))
            })
        }
        None => Ok(line.to_owned()),
    }
}

fn pairs(options: &ArgMatches, name: &str) -> Result<Overrides, BadInput> {
    let given = options.get_many::<String>(name).into_iter().flatten();
    given
        .map(|pair| {
            let (key, text) = pair.split_once('=').ok_or_else(|| {
                BadInput::new(format!(
                    "--{name} has no = after the step, STEP=HEX expected"
                ))
            })?;
            let bytes = hex::pasted(text)
                .map_err(|error| BadInput::new(format!("--{name} {key}: {error}")))?;
            Ok((key.trim().to_owned(), bytes))
        })
        .collect()
}

fn refusals(topic: &Topic, outcome: &calculator::Outcome) -> String {
    let refused = outcome
        .slips
        .iter()
        .filter(|slip| slip.weight == Weight::Refused);
    let sentences: Vec<String> = refused
        .map(|slip| {
            let name = match &slip.place {
                Place::Field(name) if topic.field(name).is_some_and(|field| field.positional) => {
                    name.clone()
                }
                Place::Field(name) => format!("--{name}"),
                Place::Step(name) => format!("--what-if {name}"),
            };
            format!("{name}: {}", slip.sentence())
        })
        .collect();
    sentences.join("\n")
}

fn steps(outcome: &calculator::Outcome) -> String {
    let keys = outcome
        .sheet
        .lines()
        .iter()
        .filter(|line| line.bytes().is_some());
    keys.map(|line| line.key.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
