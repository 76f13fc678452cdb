//! What a job says to the card: one script per kind of job, and how it ended.

use crate::crypto::entropy::Entropy;
use crate::dialogue::{Host, Runner, Script};
use crate::ota::{Booked, Personalise, Spend, TmvCheck, TopUp, Unfinished, application};
use crate::transport::{DriveError, Transport, TransportError, drive};

use super::job::{Done, Job, JobKind};
use super::repeating::{Answer, Once, Repeat};
use super::scripts::{Listing, Steps};

/// Talks to the card as the job wants.
pub(super) fn converse(
    host: &mut Host,
    job: &Job,
    kind: &JobKind,
    entropy: Box<dyn Entropy + Send>,
    transport: &mut impl Transport,
) -> Result<Done, String> {
    let (keyring, time_ms) = (&job.keyring, job.time_ms);
    match *kind {
        JobKind::TopUp(amount) => {
            let limit = Some(application::UPPER_LIMIT);
            let script = TopUp::new(keyring.clone(), entropy, amount, time_ms, limit);
            let (script, broken) = follow(host, script, transport);
            booked(script.ending(), broken)
        }
        JobKind::Spend(amount) => {
            let script = Spend::new(
                keyring.clone(),
                entropy,
                amount,
                time_ms,
                application::TERMINAL,
            );
            let (script, broken) = follow(host, script, transport);
            booked(script.ending(), broken)
        }
        JobKind::Personalise => {
            let script = Personalise::new(keyring.clone(), entropy);
            let (script, broken) = follow(host, script, transport);
            whole(broken)?;
            let ended = script.ending().unwrap_or(Ok(()));
            ended
                .map(|()| Done::Quiet)
                .map_err(|unfinished| unfinished.to_string())
        }
        JobKind::Raw(ref bytes) => {
            host.forget();
            let sent = transport.transmit(bytes);
            sent.map(|_| Done::Quiet).map_err(|error| error.to_string())
        }
        JobKind::Repeat(ref repeat) => again(host, repeat, transport),
        JobKind::Authenticate { aid, key_no } => {
            let steps = Steps::authenticate(keyring, entropy, (aid, key_no), job.speaks_ev2);
            let (steps, broken) = follow(host, steps, transport);
            whole(broken).and_then(|()| steps.finish())
        }
        JobKind::ReadFile {
            aid,
            key_no,
            file_no,
        } => {
            let steps = Steps::authenticate(keyring, entropy, (aid, key_no), job.speaks_ev2)
                .and_read(file_no);
            let (steps, broken) = follow(host, steps, transport);
            whole(broken).and_then(|()| steps.finish())
        }
        JobKind::List => {
            let (listing, broken) = follow(host, Listing::default(), transport);
            whole(broken).and_then(|()| listing.finish())
        }
        _ => {
            host.power_off();
            let done = transport.reset();
            done.map(|()| Done::Quiet)
                .map_err(|error| error.to_string())
        }
    }
}

/// Sends a command in the session that is open. A refusal is an answer, and so is the silence after a lost one.
fn again(host: &mut Host, repeat: &Repeat, transport: &mut impl Transport) -> Result<Done, String> {
    let once = Once::new(repeat);
    if let Some(size) = once.record_size() {
        host.set_record_size(size);
    }
    let (once, broken) = follow(host, once, transport);
    let answer = match (once.reply, broken) {
        (_, Some(DriveError::Transport(error))) => return Err(error.to_string()),
        (_, Some(DriveError::Host(error))) => Answer::Unbelieved(error.to_string()),
        (Some(reply), None) => Answer::Replied {
            status: reply.status,
            data: reply.data,
        },
        (None, None) => Answer::Lost,
    };
    Ok(Done::Answered(answer))
}

/// Follows a script; gives it back with why it broke off.
fn follow<S: Script>(
    host: &mut Host,
    script: S,
    transport: &mut impl Transport,
) -> (S, Option<DriveError>) {
    let mut runner = Runner::new(std::mem::take(host), script);
    let broken = drive(&mut runner, transport).err();
    let (used, script) = runner.into_parts();
    *host = used;
    if broken.is_some() {
        host.forget();
    }
    (script, broken)
}

fn whole(broken: Option<DriveError>) -> Result<(), String> {
    broken.map_or(Ok(()), |error| Err(error.to_string()))
}

fn booked(
    ending: Option<Result<Booked, Unfinished>>,
    broken: Option<DriveError>,
) -> Result<Done, String> {
    match (ending, broken) {
        (Some(Err(Unfinished::CommitUnknown { .. })), Some(broken)) => {
            let why = match broken {
                DriveError::Host(error) => format!(", its answer does not fit: {error}"),
                DriveError::Transport(error) => format!(": {error}"),
            };
            Err(format!(
                "The commit is unknown{why}. Read the TMC to decide"
            ))
        }
        (_, Some(broken)) => Err(format!("Stopped before the commit: {broken}")),
        (Some(Ok(booked)), None) if matches!(booked.tmv, TmvCheck::Differs(_)) => {
            Err("The card's TMV does not fit the commands".into())
        }
        (Some(Ok(booked)), None) => Ok(Done::Booked(booked)),
        (Some(Err(unfinished)), None) => Err(unfinished.to_string()),
        (None, None) => Err(TransportError::Lost.to_string()),
    }
}
