//! What can be asked on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Workbench for MIFARE DESFire and MIFARE Plus.
#[derive(Debug, Parser)]
#[command(name = "tapscope", version, about)]
pub(super) struct Arguments {
    /// Session to open in the window.
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Log level, such as info or tapscope=debug.
    #[arg(long, global = true, env = "TAPSCOPE_LOG", value_name = "LEVEL")]
    pub(super) log: Option<String>,
    /// Graphics interface of the window: glow or wgpu; the better one first when not given.
    #[arg(long, env = "TAPSCOPE_RENDERER", value_name = "NAME")]
    pub(super) renderer: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(super) task: Option<Task>,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// Decrypt and verify a recording.
    Decode(DecodeOptions),
    /// Try all keys on every recorded authentication, also by diversification and from dictionaries.
    FindKeys(FindOptions),
    /// Compare two recordings by meaning: their plaintext, without random numbers, counters, MACs and times.
    Diff(DiffOptions),
    /// Run a sequence of the example application against a card.
    Run(RunOptions),
    /// Rebuild a recorded conversation and compare it byte for byte.
    Replay(ReplayOptions),
    /// Lend a virtual card to a reader that listens, such as pcscd's, and show its traffic decrypted.
    Card(CardOptions),
    /// List the PC/SC readers and their cards, or be a reader for a card that somebody lends.
    Readers(ReadersOptions),
    /// Stand between somebody's program and its card, and show the traffic decrypted; the bytes pass unchanged.
    Tap(TapOptions),
    /// Put keys under a passphrase.
    Keys(KeysOptions),
    /// Verify the Transaction MACs of a whole file, and find gaps and replays of each card.
    TmacBatch(BatchOptions),
    /// Verify the URLs that tags mirrored, a whole file of them, and find replays of each tag.
    SdmBatch(UrlsOptions),
}

/// Order of the bytes in the AIDs of a table.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum AidOrder {
    /// Most significant byte first, as people write it.
    Msb,
    /// Least significant byte first, as it crosses the interface.
    Wire,
}

/// Where keys come from.
#[derive(Debug, Args)]
pub(super) struct KeyOptions {
    /// Key file: JSON, CSV columns, one key a line as in Proxmark's .dic, or a key store; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
    /// Form of the key files: json, csv or dic; found out for each when not given.
    #[arg(long, value_name = "FORMAT", requires = "keys")]
    pub(super) keys_from: Option<String>,
    /// Order of the bytes in the AIDs of CSV key files; needed for these only.
    #[arg(long, value_name = "ORDER", requires = "keys")]
    pub(super) aid_order: Option<AidOrder>,
    /// One key as AID:KEYNO:TYPE:HEX, for instance 014499:3:aes128:00112233445566778899AABBCCDDEEFF.
    #[arg(long, value_name = "SPEC")]
    pub(super) key: Vec<String>,
    /// File with the passphrase of key stores in its first line. Without it, TAPSCOPE_PASSPHRASE of the environment
    /// counts, or the terminal asks.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

/// What an embedded card does where sources conflict.
#[derive(Debug, Args)]
pub(super) struct ChoiceOptions {
    /// What the embedded card does where sources conflict, for instance wrong-key-status=9d; may be given several times.
    /// tapscope card --choices lists them.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) choice: Vec<String>,
}

/// Options of `decode`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one switch of the command line each"
)]
pub(super) struct DecodeOptions {
    /// The recording; - reads standard input.
    pub(super) file: PathBuf,
    /// Form of the recording: session, vectors or text; found out when not given.
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<String>,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// One JSON object per exchange.
    #[arg(long, conflicts_with = "text")]
    pub(super) json: bool,
    /// Text for people (default).
    #[arg(long)]
    pub(super) text: bool,
    /// Name the known mistakes that give the received bytes of a row that does not fit.
    #[arg(long)]
    pub(super) explain: bool,
    /// Print key bytes, random numbers and session keys.
    #[arg(long)]
    pub(super) secrets: bool,
    /// Exit with 1 also when something could not be checked or, as in a file that is cut off, not be read.
    #[arg(long)]
    pub(super) strict: bool,
    /// The card as the recording knows it after its last row, in place of the rows.
    #[arg(long)]
    pub(super) card: bool,
    /// The card after this row, and what the row has changed.
    #[arg(long, value_name = "ROW", requires = "card")]
    pub(super) at: Option<usize>,
    /// File that says what the bytes of files and records mean; may be given several times.
    #[arg(long, value_name = "FILE", requires = "card")]
    pub(super) templates: Vec<PathBuf>,
}

/// Options of `find-keys`.
#[derive(Debug, Args)]
pub(super) struct FindOptions {
    /// The recording; - reads standard input.
    pub(super) file: PathBuf,
    /// Form of the recording: session, vectors or text; found out when not given.
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<String>,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// File with one key a line, of any size; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(super) dictionary: Vec<PathBuf>,
    /// Try all keys diversified too, as RULE:TEMPLATE, for instance an10922:{uid}{aid}4E585020; may be given several
    /// times. The rules of the key files are tried on all their keys anyway.
    #[arg(long, value_name = "RULE")]
    pub(super) diversify: Vec<String>,
    /// UID of the card where the recording does not show it.
    #[arg(long, value_name = "HEX")]
    pub(super) uid: Option<String>,
    /// Only the authentication of this row, as decode numbers them.
    #[arg(long, value_name = "N")]
    pub(super) row: Option<usize>,
    /// One JSON object per authentication.
    #[arg(long)]
    pub(super) json: bool,
    /// Print the keys that fit.
    #[arg(long)]
    pub(super) secrets: bool,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffOptions {
    /// One recording; - reads standard input.
    pub(super) a: PathBuf,
    /// The other recording.
    pub(super) b: PathBuf,
    /// Form of both recordings: session, vectors or text; found out for each when not given.
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<String>,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// Pass over these too: uid (UID and production data of the card). Nonces, ti, counters, macs, tmc, tmv, times and
    /// framing are passed over anyway.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Compare these too, of what is passed over: nonces, ti, counters, macs, tmc, tmv, times, framing.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) compare: Vec<String>,
    /// One JSON object for each pair that is not the same, and one with the numbers.
    #[arg(long)]
    pub(super) json: bool,
}

/// The sequences.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Sequence {
    /// Create the example application on a blank card.
    Personalise,
    /// Credit the value file at the server.
    Topup,
    /// Debit the value file at a terminal.
    Spend,
}

/// Forms of the example application.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FormName {
    /// One set of access conditions; the server has key 3.
    Example,
    /// A second set of access conditions for the server's own key 4.
    TwoSets,
    /// Two sets, and every commit names its reader with CommitReaderID.
    ReaderId,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// Which sequence.
    pub(super) sequence: Sequence,
    /// Card to run on: card or card:PRODUCT for the embedded card, reader:NAME for the one on a PC/SC reader; a part
    /// of the reader's name is enough.
    #[arg(long, default_value = "card", value_name = "CARD")]
    pub(super) on: String,
    /// Form of the application: what personalise makes, and what topup and spend expect.
    #[arg(long, value_enum, default_value = "example", value_name = "FORM")]
    pub(super) form: FormName,
    /// Amount in cents.
    #[arg(long, default_value_t = 1000, allow_negative_numbers = true)]
    pub(super) amount: i64,
    /// Time stamp for the log record, milliseconds since 1970 UTC; now when not given.
    #[arg(long, value_name = "MS")]
    pub(super) time: Option<u64>,
    /// Seed of all random numbers, so that a run can be repeated byte for byte.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// Image to start from; written back on success. The demo image when not given.
    #[arg(long, value_name = "FILE")]
    pub(super) image: Option<PathBuf>,
    #[command(flatten)]
    pub(super) choices: ChoiceOptions,
    /// Save the session.
    #[arg(long, value_name = "SESSION")]
    pub(super) save: Option<PathBuf>,
    /// With a reader: let other programs stay connected, and hold the card in a transaction.
    #[arg(long)]
    pub(super) shared: bool,
    /// Send an amount that the host knows to be above the limit; the card refuses it.
    #[arg(long)]
    pub(super) unchecked: bool,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub(super) struct ReplayOptions {
    /// The session.
    pub(super) session: PathBuf,
    /// What to compare with: recorded (the recorded answers) or card (a virtual card from the start image).
    #[arg(long, value_name = "TARGET")]
    pub(super) on: String,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// Start image; the one that the session names when not given.
    #[arg(long, value_name = "FILE")]
    pub(super) image: Option<PathBuf>,
    #[command(flatten)]
    pub(super) choices: ChoiceOptions,
    /// One JSON object with the result.
    #[arg(long)]
    pub(super) json: bool,
}

/// Options of `card`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one switch of the command line each"
)]
pub(super) struct CardOptions {
    /// Which product: desfire-ev1, desfire-ev2 or desfire-ev3, each with -2k, -4k (the default) or -8k behind it.
    #[arg(required_unless_present = "choices")]
    pub(super) product: Option<String>,
    /// Where the reader listens, as HOST:PORT; pcscd's virtual reader is 127.0.0.1:35963.
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "choices")]
    pub(super) connect: Option<String>,
    #[command(flatten)]
    pub(super) chosen: ChoiceOptions,
    /// List all choices with their values, the default first, and what conflicts.
    #[arg(long, exclusive = true)]
    pub(super) choices: bool,
    /// Image to start from; written back at the end. When not given, desfire-ev3 is the personalised demo card, every
    /// other product a card as delivered.
    #[arg(long, value_name = "FILE")]
    pub(super) image: Option<PathBuf>,
    /// Start with the demo card as it is before personalisation; other products have no other state than as delivered.
    #[arg(long, conflicts_with = "image")]
    pub(super) blank: bool,
    /// Start with a card as delivered: no applications, the PICC master key a DES key of zeros.
    #[arg(long, conflicts_with_all = ["image", "blank"])]
    pub(super) factory: bool,
    /// UID of 7 bytes in place of the image's.
    #[arg(long, value_name = "HEX")]
    pub(super) uid: Option<String>,
    /// Seed of the card's random numbers, so that it repeats itself.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// When the reader goes away, wait for it and connect again.
    #[arg(long)]
    pub(super) reconnect: bool,
    /// Save the session at the end.
    #[arg(long, value_name = "SESSION")]
    pub(super) save: Option<PathBuf>,
}

/// Options of `readers`.
#[derive(Debug, Args)]
pub(super) struct ReadersOptions {
    /// Stay, and tell what comes and goes until Ctrl+C.
    #[arg(long)]
    pub(super) watch: bool,
    /// Ask each card what it is: connects to it, reads UID and version, and resets it.
    #[arg(long, conflicts_with = "watch")]
    pub(super) identify: bool,
    /// Be a reader: wait here for cards that programs or phones lend by the vpcd protocol, and say what they are.
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["watch", "identify"])]
    pub(super) listen: Option<String>,
    /// Confirm that other machines may reach the port of --listen.
    #[arg(long, requires = "listen")]
    pub(super) open_to_network: bool,
}

/// Options of `tap`.
#[derive(Debug, Args)]
pub(super) struct TapOptions {
    /// PC/SC reader with the card; a part of its name is enough.
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "listen",
        conflicts_with = "listen"
    )]
    pub(super) reader: Option<String>,
    /// Wait here for the card, lent by the vpcd protocol, such as by tapscope card.
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) listen: Option<String>,
    /// Confirm that other machines may reach the port of --listen.
    #[arg(long, requires = "listen")]
    pub(super) open_to_network: bool,
    /// Where the program's virtual reader listens; pcscd's is 127.0.0.1:35963.
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) connect: String,
    /// Let other programs stay connected to the card on the PC/SC reader.
    #[arg(long, requires = "reader")]
    pub(super) shared: bool,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// When the virtual reader goes away, wait for it and connect again.
    #[arg(long)]
    pub(super) reconnect: bool,
    /// Save the session at the end.
    #[arg(long, value_name = "SESSION")]
    pub(super) save: Option<PathBuf>,
}

/// Options of `keys`.
#[derive(Debug, Args)]
pub(super) struct KeysOptions {
    /// What to do.
    #[command(subcommand)]
    pub(super) task: KeysTask,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysTask {
    /// Encrypt the keys of --keys and --key into a key store; --keys reads it everywhere.
    Store(StoreOptions),
}

/// Options of `keys store`.
#[derive(Debug, Args)]
pub(super) struct StoreOptions {
    /// The key store to make.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) keys: KeyOptions,
    /// Replace a file that is there already.
    #[arg(long)]
    pub(super) replace: bool,
    /// Memory in MiB that each try of a passphrase takes, 1 to 1024: the more, the harder to guess.
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) memory: u32,
}

/// Options of `tmac-batch`.
#[derive(Debug, Args)]
pub(super) struct BatchOptions {
    /// CSV or JSON with uid, tmc, tmv, and tmi or operations; tmri_prev and enc_tmri where readers are named. - reads
    /// standard input.
    pub(super) file: PathBuf,
    /// AppTransactionMACKey, 16 bytes.
    #[arg(long, value_name = "HEX")]
    pub(super) key: String,
    /// How the key is diversified for each card, as RULE:TEMPLATE, for instance an10922:{uid}{aid}4E585020.
    #[arg(long, value_name = "RULE")]
    pub(super) diversify: Option<String>,
    /// Application of the TransactionMAC file, most significant byte first: commands of others do not count, and the
    /// rule may need it.
    #[arg(long, value_name = "AID")]
    pub(super) aid: Option<String>,
    /// The application uses LRP. Unconfirmed: no LRP Transaction MAC is public.
    #[arg(long)]
    pub(super) lrp: bool,
    /// Number of the TransactionMAC file: reading it does not count.
    #[arg(long, value_name = "NUMBER")]
    pub(super) tmac_file: Option<u8>,
    /// The TransactionMAC file leaves out what is done without a session.
    #[arg(long)]
    pub(super) only_authenticated: bool,
    /// One JSON object per row, then one per card.
    #[arg(long)]
    pub(super) json: bool,
}

/// Options of `sdm-batch`.
#[derive(Debug, Args)]
pub(super) struct UrlsOptions {
    /// One URL a line, or CSV with a column url. - reads standard input.
    pub(super) file: PathBuf,
    /// SDMMetaReadKey, 16 bytes; serves for file data and MAC too when no other key is given.
    #[arg(long, value_name = "HEX")]
    pub(super) key: String,
    /// SDMFileReadKey, 16 bytes.
    #[arg(long, value_name = "HEX")]
    pub(super) file_key: Option<String>,
    /// The tags are in LRP mode; without it the length of PICC data decides.
    #[arg(long)]
    pub(super) lrp: bool,
    /// Parameter names set by hand, such as "picc=p file=d mac=s uid=u ctr=n tamper=t".
    #[arg(long, value_name = "NAMES")]
    pub(super) names: Option<String>,
    /// Where the MAC's input begins: nothing, url, query, picc, file, uid, ctr, or SDMMACInputOffset as a number; found
    /// by trying when not given.
    #[arg(long, value_name = "PLACE")]
    pub(super) mac_from: Option<String>,
    /// One JSON object per URL, then one per tag.
    #[arg(long)]
    pub(super) json: bool,
}
