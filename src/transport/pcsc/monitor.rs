//! A thread that waits for readers and cards to come and go.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pcsc::{Context, ReaderState, State};

use super::super::error::ReaderError;
use super::names::Reader;
use super::news::{News, Picture};
use super::readers::{names, seen};
use super::trouble::{establish, of_service};

/// Watches all readers until it is dropped. It has a context of its own, because waiting blocks one.
pub struct Monitor {
    /// Its end tells the thread to stop.
    stop: Option<SyncSender<()>>,
    /// Its end tells that the thread has stopped.
    stopped: Receiver<()>,
    context: Shared,
    thread: Option<JoinHandle<()>>,
}

/// The context that the thread waits on, for others to cancel.
type Shared = Arc<Mutex<Option<Context>>>;

impl Monitor {
    /// Starts watching; `report` is called from the monitor's thread. What is there at the start is reported first.
    pub fn start(report: impl FnMut(News) + Send + 'static) -> std::io::Result<Self> {
        let (stop, stopping) = sync_channel(0);
        let (done, stopped) = sync_channel(0);
        let context = Shared::default();
        let mut watch = Watch {
            context: context.clone(),
            stopping,
            report: Box::new(report),
            picture: Picture::default(),
        };
        let work = move || {
            watch.run();
            drop(done);
        };
        let thread = std::thread::Builder::new()
            .name("tapscope-readers".into())
            .spawn(work)?;
        Ok(Self {
            stop: Some(stop),
            stopped,
            context,
            thread: Some(thread),
        })
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor")
            .field("thread", &self.thread)
            .finish_non_exhaustive()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop = None;
        // A cancel that comes just before the thread starts to wait has no effect: repeat it until it stopped.
        loop {
            let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(context) = context.as_ref() {
                let (Ok(()) | Err(_)) = context.cancel();
            }
            drop(context);
            if self.stopped.recv_timeout(CANCEL_AGAIN) == Err(RecvTimeoutError::Disconnected) {
                break;
            }
        }
        if let Some(thread) = self.thread.take() {
            let (Ok(()) | Err(_)) = thread.join();
        }
    }
}

/// What was last said of the service.
#[derive(PartialEq, Eq)]
enum Told {
    Nothing,
    Ready,
    Trouble(ReaderError),
}

/// The thread's part.
struct Watch {
    context: Shared,
    stopping: Receiver<()>,
    report: Box<dyn FnMut(News) + Send>,
    picture: Picture,
}

impl Watch {
    /// Follows the readers; when the service goes, tries until it is back.
    fn run(&mut self) {
        let mut told = Told::Nothing;
        while !self.is_stopping() {
            let trouble = match establish() {
                Ok(context) => {
                    self.share(Some(context.clone()));
                    let ended = self.follow(&context, &mut told);
                    self.share(None);
                    ended.err()
                }
                Err(trouble) => Some(trouble),
            };
            let Some(trouble) = trouble else {
                return;
            };
            self.update(Vec::new());
            let news = Told::Trouble(trouble.clone());
            if told != news {
                (self.report)(News::Trouble(trouble));
                told = news;
            }
            if self.stopping.recv_timeout(TRY_AGAIN) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Waits for changes until told to stop (`Ok`) or the service fails.
    fn follow(&mut self, context: &Context, told: &mut Told) -> Result<(), ReaderError> {
        loop {
            let mut states: Vec<ReaderState> = names(context)?
                .into_iter()
                .map(|name| ReaderState::new(name, State::UNAWARE))
                .collect();
            if std::mem::replace(told, Told::Ready) != Told::Ready {
                (self.report)(News::Ready);
            }
            let plugged = ReaderState::new(pcsc::PNP_NOTIFICATION(), State::UNAWARE);
            states.push(plugged);
            let mut first = true;
            loop {
                if self.is_stopping() {
                    return Ok(());
                }
                // The first look does not wait: a service may take an unknown state for no change.
                let wait = if first { Some(Duration::ZERO) } else { WAIT };
                match context.get_status_change(wait, &mut states) {
                    Ok(()) | Err(pcsc::Error::Timeout) => {}
                    Err(pcsc::Error::Cancelled) => continue,
                    Err(pcsc::Error::UnknownReader | pcsc::Error::ReaderUnavailable) => break,
                    Err(error) => return Err(of_service(error)),
                }
                let (plugged, readers) = states
                    .split_last()
                    .map_or((None, &[][..]), |(last, all)| (Some(last), all));
                let replugged =
                    plugged.is_some_and(|state| state.event_state().contains(State::CHANGED));
                self.update(readers.iter().map(seen).collect());
                // On Windows the first look reports the readers that are there as a change.
                if !first && (replugged || POLLS) {
                    break;
                }
                for state in &mut states {
                    state.sync_current_state();
                }
                first = false;
            }
        }
    }

    fn update(&mut self, readers: Vec<Reader>) {
        for news in self.picture.update(readers) {
            (self.report)(news);
        }
    }

    fn share(&self, context: Option<Context>) {
        *self.context.lock().unwrap_or_else(PoisonError::into_inner) = context;
    }

    fn is_stopping(&self) -> bool {
        self.stopping.try_recv() == Err(TryRecvError::Disconnected)
    }
}

/// macOS has no notification for readers that come and go: there the names are read again and again.
const POLLS: bool = cfg!(target_os = "macos");
/// Longest wait for a change.
const WAIT: Option<Duration> = if POLLS {
    Some(Duration::from_secs(1))
} else {
    None
};
/// Pause before the service is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Pause before the wait is cancelled again.
const CANCEL_AGAIN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_when_dropped_whether_there_is_a_service_or_not() {
        let (sender, receiver) = sync_channel(64);
        let monitor = Monitor::start(move |news| {
            let _full = sender.try_send(news);
        });
        drop(monitor.unwrap());
        // The reporter went with the thread: the channel is at its end.
        receiver.try_iter().for_each(drop);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    }
}
