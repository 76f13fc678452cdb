//! Power lost before every word write of every command of the sequences on the demo card.
//!
//! After power-up everything is as before the command or as after it, never mixed; what a lost commit did can
//! be found out; and the next top-up works (DESFire reference §5.4, top-up reference §4).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::fmt::Debug;

use tapscope::apdu::{AF, CommandApdu, FrameForm};
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Runner, Script};
use tapscope::keyring::Keyring;
use tapscope::ota::application::{AID, file};
use tapscope::ota::{Decide, Personalise, Spend, TmvCheck, TopUp, Unfinished};
use tapscope::session::{demo, image, keys};
use tapscope::transport::{EmbeddedCard, Transport, TransportError, drive};
use tapscope::virtual_card::{Card, FileContent, Image};

const TIME_MS: u64 = 1_793_606_400_000;

fn keyring() -> Keyring {
    keys::read(demo::keys().as_bytes()).expect("reads").value
}

fn demo_image(name: &str) -> Image {
    image::read(demo::image(name).expect("is there").as_bytes()).expect("reads")
}

fn entropy(seed: u64) -> Box<SeededEntropy> {
    Box::new(SeededEntropy::new(seed))
}

/// One command with all its frames, as the card's memory saw it.
struct Step {
    ins: u8,
    before: Image,
    after: Image,
    writes: u32,
}

/// Counts commands, and tears one of them.
struct Watched {
    card: EmbeddedCard,
    commands: usize,
    tear: Option<(usize, u32)>,
    torn: Option<u32>,
    /// Filled when wanted: a picture before and after every command is slow.
    steps: Option<Vec<Step>>,
}

impl Watched {
    fn new(image: &Image) -> Self {
        let card = Card::new(image, entropy(31)).expect("a card");
        Self {
            card: EmbeddedCard::new(card),
            commands: 0,
            tear: None,
            torn: None,
            steps: None,
        }
    }

    fn image(&self) -> Image {
        self.card.card().image()
    }
}

impl Transport for Watched {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let ins = CommandApdu::parse(command).ins;
        if ins != AF {
            if let Some((_, writes)) = self.tear.filter(|(number, _)| *number == self.commands) {
                self.card.tear_after(writes);
            }
            self.commands += 1;
        }
        let before = self.steps.is_some().then(|| self.image());
        let answer = self.card.transmit(command);
        if let Err(TransportError::Torn { after_writes }) = answer {
            self.torn = Some(after_writes);
        }
        let after = before.as_ref().map(|_| self.image());
        let writes = self.card.card().writes_of_last_command();
        match (&mut self.steps, before, after) {
            (Some(steps), _, Some(after)) if ins == AF => {
                let step = steps.last_mut().expect("a chain has a start");
                (step.after, step.writes) = (after, writes);
            }
            (Some(steps), Some(before), Some(after)) => steps.push(Step {
                ins,
                before,
                after,
                writes,
            }),
            _ => {}
        }
        answer
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset()
    }

    fn atr(&mut self) -> Result<Vec<u8>, TransportError> {
        self.card.atr()
    }
}

fn run<S: Script>(script: S, card: &mut Watched) -> S {
    let mut runner = Runner::new(Host::new(FrameForm::Wrapped), script);
    drive(&mut runner, card).expect("the host is content");
    runner.into_parts().1
}

/// Balance, top-up log, transaction log, TMC, TMV, TMRIPrev.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    balance: i32,
    top_ups: Vec<Vec<u8>>,
    spent: Vec<Vec<u8>>,
    tmc: u32,
    tmv: [u8; 8],
    tmri_prev: [u8; 16],
}

impl Account {
    fn of(image: &Image) -> Self {
        let files = &image.applications[&AID].files;
        let records = |file_no: u8| match &files[&file_no].content {
            FileContent::Records(records) => records.clone(),
            other => panic!("file {file_no} is {other:?}"),
        };
        let FileContent::Value(balance) = files[&file::VALUE].content else {
            panic!("no value")
        };
        let FileContent::Tmac {
            tmc,
            tmv,
            tmri_prev,
            ..
        } = files[&file::TMAC].content
        else {
            panic!("no TransactionMAC")
        };
        Self {
            balance,
            top_ups: records(file::TOP_UP_LOG),
            spent: records(file::SPEND_LOG),
            tmc,
            tmv,
            tmri_prev,
        }
    }
}

/// The sequence undisturbed.
fn steps<S: Script>(start: &Image, script: S) -> Vec<Step> {
    let mut card = Watched::new(start);
    card.steps = Some(Vec::new());
    run(script, &mut card);
    card.steps.expect("were wanted")
}

/// Tears every command of a sequence before every write and hands each card that had power again to `then`,
/// with the script as it ended. Gives the number of tears.
fn tear_everywhere<S: Script>(
    start: &Image,
    script: impl Fn() -> S,
    view: impl Fn(&Image) -> Box<dyn Debug>,
    then: impl Fn(&Step, bool, S, Watched),
) -> u32 {
    let mut tears = 0;
    for (number, step) in steps(start, script()).iter().enumerate() {
        let mut is_new = false;
        for write in 0..=step.writes {
            let mut card = Watched::new(start);
            card.tear = Some((number, write));
            let script = run(script(), &mut card);
            let place = format!("command {number} ({:02X}) before write {write}", step.ins);
            if write == step.writes {
                assert_eq!(card.torn, None, "{place}: there are no more writes");
                continue;
            }
            assert_eq!(card.torn, Some(write), "{place}");
            let image = card.image();
            assert!(
                image == step.before || image == step.after,
                "{place}: neither old nor new\n old {:?}\n got {:?}\n new {:?}",
                view(&step.before),
                view(&image),
                view(&step.after),
            );
            assert!(!is_new || image == step.after, "{place}: old again");
            is_new = image == step.after;
            assert!(write > 0 || !is_new, "{place}: new without a write");
            then(step, is_new, script, card);
            tears += 1;
        }
        assert_eq!(
            is_new,
            step.writes > 0,
            "the last write comes after the mark"
        );
    }
    tears
}

fn account(image: &Image) -> Box<dyn Debug> {
    Box::new(Account::of(image))
}

/// A full top-up on a card that was torn before.
fn tops_up(card: &mut Watched) {
    card.tear = None;
    let before = Account::of(&card.image());
    let script = TopUp::new(keyring(), entropy(77), 500, TIME_MS, Some(50_000));
    let booked = run(script, card).ending().expect("an end").expect("books");
    let after = Account::of(&card.image());
    assert_eq!(booked.tmv, TmvCheck::Fits);
    assert_eq!(
        (booked.before, booked.after),
        (before.balance, before.balance + 500)
    );
    assert_eq!((after.balance, after.tmc), (booked.after, before.tmc + 1));
    assert_eq!(
        (booked.commit.tmc, booked.commit.tmv),
        (after.tmc, after.tmv)
    );
    assert_eq!(after.top_ups.len(), before.top_ups.len() + 1);
    assert_eq!(after.spent, before.spent);
}

/// Asks the card at the next contact whether the lost commit happened.
fn decides(card: &mut Watched, tmi: Vec<u8>) -> bool {
    card.tear = None;
    let decision = run(Decide::new(keyring(), entropy(55), tmi), card).ending();
    let decision = decision.expect("an end").expect("decides");
    assert_eq!(decision.balance, Account::of(&card.image()).balance);
    decision.committed
}

#[test]
fn a_torn_top_up_is_all_old_or_all_new_and_the_server_can_tell() {
    let start = demo_image(demo::PERSONALISED);
    let old = Account::of(&start);
    let script = || TopUp::new(keyring(), entropy(41), 1_000, TIME_MS, Some(50_000));
    let tears = tear_everywhere(&start, script, account, |step, is_new, script, mut card| {
        let unfinished = script.ending().expect("an end").expect_err("was torn");
        let got = Account::of(&card.image());
        assert_eq!(got.balance, old.balance + if is_new { 1_000 } else { 0 });
        assert_eq!(step.ins, 0xC7, "only the commit writes");
        let Unfinished::CommitUnknown { tmi } = unfinished else {
            panic!("{unfinished}")
        };
        assert_eq!(decides(&mut card, tmi), got.balance != old.balance);
        tops_up(&mut card);
    });
    assert!(tears > 30, "{tears}");
}

#[test]
fn a_torn_spend_is_all_old_or_all_new() {
    let start = demo_image(demo::PERSONALISED);
    let old = Account::of(&start);
    let script = || Spend::new(keyring(), entropy(42), 350, TIME_MS, [1, 2, 3, 4]);
    let tears = tear_everywhere(&start, script, account, |_, is_new, script, mut card| {
        let unfinished = script.ending().expect("an end").expect_err("was torn");
        let got = Account::of(&card.image());
        assert_eq!(got.balance, old.balance - if is_new { 350 } else { 0 });
        let Unfinished::CommitUnknown { tmi } = unfinished else {
            panic!("{unfinished}")
        };
        assert_eq!(decides(&mut card, tmi), is_new);
        tops_up(&mut card);
    });
    assert!(tears > 30, "{tears}");
}

#[test]
fn personalisation_changes_whole_commands_only() {
    let start = demo_image(demo::BLANK);
    let script = || Personalise::new(keyring(), entropy(43));
    let applications = |image: &Image| {
        let files = image.applications.iter();
        let files = files.map(|(aid, application)| (*aid, application.files.len()));
        Box::new(files.collect::<Vec<_>>()) as Box<dyn Debug>
    };
    let tears = tear_everywhere(&start, script, applications, |step, is_new, _, mut card| {
        if is_new && step.ins == 0xC7 {
            tops_up(&mut card);
        }
    });
    assert!(tears > 300, "{tears}");
}

/// The write is counted over all frames of the command, also when the last of them is torn.
#[test]
fn a_tear_in_a_further_frame_is_reported_with_its_write() {
    let start = demo_image(demo::PERSONALISED);
    let mut card = EmbeddedCard::new(Card::new(&standard_file(start), entropy(1)).expect("a card"));
    card.transmit(&[0x5A, 0x99, 0x44, 0x01]).expect("selects");
    card.tear_after(3);
    let head = [0x3D, 0x06, 0, 0, 0, 8, 0, 0, 1, 2, 3, 4];
    assert_eq!(card.transmit(&head), Ok(vec![AF]));
    let torn = card.transmit(&[AF, 5, 6, 7, 8]);
    assert_eq!(torn, Err(TransportError::Torn { after_writes: 3 }));
}

/// The card with one more file: free, standard, 8 bytes.
fn standard_file(mut image: Image) -> Image {
    use tapscope::card::AccessRights;
    use tapscope::card::settings::{DataFile, FileKind, FileSettings};
    use tapscope::virtual_card::FileImage;
    let settings = FileSettings {
        option: 0,
        rights: AccessRights::from_word(0xEEEE),
        more_rights: Vec::new(),
        kind: FileKind::Standard(DataFile { size: 8 }),
        sdm: Vec::new(),
    };
    let file = FileImage {
        iso_fid: None,
        settings,
        content: FileContent::Data(vec![0; 8]),
    };
    if let Some(application) = image.applications.get_mut(&AID) {
        application.files.insert(0x06, file);
    }
    image
}
