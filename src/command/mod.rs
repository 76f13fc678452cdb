//! Commands, defined once for the host (`emit`), the card (`parse`) and the trace (`spans`).
//!
//! A command file holds the wire line, a type, and its [`Wire`] implementation. The field tree of the
//! trace is not written a second time: `parse` runs over a recording reader, which keeps every name,
//! offset and value that it read. What does not parse is [`Command::Unknown`] and still a row.

pub mod desfire;
pub mod iso;
mod spec;

pub use desfire::application::{
    CreateApplication, DeleteApplication, DfName, GetApplicationIds, GetDfNames, SelectApplication,
};
pub use desfire::auth::{AuthenticateEv2First, AuthenticateEv2NonFirst, AuthenticateLegacy};
pub use desfire::config::SetConfiguration;
pub use desfire::data::{Chaining, ReadData, WriteData};
pub use desfire::files::{
    CreateDataFile, CreateRecordFile, CreateTransactionMacFile, CreateValueFile, DeleteFile,
    GetFileIds, GetIsoFileIds,
};
pub use desfire::identity::{GetCardUid, GetVersion};
pub use desfire::keys::{
    ChangeKey, ChangeKeyEv2, ChangeKeySettings, GetKeySettings, GetKeyVersion, KeySettingsAnswer,
};
pub use desfire::picc::{FormatPicc, FreeMem};
pub use desfire::record::{ClearRecordFile, ReadRecords, UpdateRecord, WriteRecord};
pub use desfire::settings::{ChangeFileSettings, GetFileSettings};
pub use desfire::transaction::{AbortTransaction, CommitAnswer, CommitReaderId, CommitTransaction};
pub use desfire::value::{Amount, AmountKind, GetValue};
pub use iso::file::{AppendRecord, Position, ReadBinary, ReadRecord, Target, UpdateBinary};
pub use iso::reader::ReaderGetData;
pub use iso::select::Select;
pub use iso::{IsoSpec, iso_spec};
pub use spec::{Header, Rule, Spec, spec};

use std::ops::Range;

use crate::apdu::{Family, Frame};
use crate::bytes::{ParseError, Reader, Span};

/// What every DESFire command type can do.
pub trait Wire: Sized {
    /// The command codes that this type stands for.
    const CODES: &'static [u8];

    /// The code of this command.
    fn ins(&self) -> u8;

    /// Appends the parameters: header, then data.
    fn emit(&self, out: &mut Vec<u8>);

    /// Reads the parameters of the command `ins`.
    fn parse(ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError>;

    /// Reads the answer's data, only to name its fields; the default knows none.
    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.rest("Data");
        Ok(())
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A command of any family.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $($(#[$doc])* $name($name),)*
            /// ISO SELECT.
            Select(Select),
            /// ISO READ BINARY.
            ReadBinary(ReadBinary),
            /// ISO UPDATE BINARY.
            UpdateBinary(UpdateBinary),
            /// ISO READ RECORD.
            ReadRecord(ReadRecord),
            /// ISO APPEND RECORD.
            AppendRecord(AppendRecord),
            /// `FF CA`: UID and the like, answered by the reader.
            ReaderGetData(ReaderGetData),
            /// A code or parameters that are not known; the bytes are kept.
            Unknown(Frame),
        }

        impl Command {
            /// The command with its parameters as header and data.
            pub fn frame(&self) -> Frame {
                match self {
                    $(Self::$name(command) => desfire_frame(command),)*
                    Self::Select(select) => select.frame(),
                    Self::ReadBinary(read) => read.frame(),
                    Self::UpdateBinary(update) => update.frame(),
                    Self::ReadRecord(read) => read.frame(),
                    Self::AppendRecord(append) => append.frame(),
                    Self::ReaderGetData(get) => get.frame(),
                    Self::Unknown(frame) => frame.clone(),
                }
            }

            fn read(ins: u8, r: &mut Reader<'_>) -> Result<Option<Self>, ParseError> {
                $(if $name::CODES.contains(&ins) {
                    let command = $name::parse(ins, r)?;
                    r.finish()?;
                    return Ok(Some(Self::$name(command)));
                })*
                Ok(None)
            }

            fn read_answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
                match self {
                    $(Self::$name(command) => command.answer(r),)*
                    Self::ReaderGetData(get) => { get.answer(r); Ok(()) }
                    Self::Select(_)
                    | Self::ReadBinary(_)
                    | Self::UpdateBinary(_)
                    | Self::ReadRecord(_)
                    | Self::AppendRecord(_)
                    | Self::Unknown(_) => { r.rest("Data"); Ok(()) }
                }
            }
        }

        #[cfg(test)]
        const ALL_CODES: &[&[u8]] = &[$($name::CODES),*];
    };
}

commands! {
    /// `60`.
    GetVersion,
    /// `51`.
    GetCardUid,
    /// `5A`.
    SelectApplication,
    /// `6A`.
    GetApplicationIds,
    /// `6D`.
    GetDfNames,
    /// `CA`.
    CreateApplication,
    /// `DA`.
    DeleteApplication,
    /// `71`.
    AuthenticateEv2First,
    /// `77`.
    AuthenticateEv2NonFirst,
    /// `0A`, `1A`, `AA`.
    AuthenticateLegacy,
    /// `FC`.
    FormatPicc,
    /// `6E`.
    FreeMem,
    /// `45`.
    GetKeySettings,
    /// `54`.
    ChangeKeySettings,
    /// `64`.
    GetKeyVersion,
    /// `C4`.
    ChangeKey,
    /// `C6`.
    ChangeKeyEv2,
    /// `5C`.
    SetConfiguration,
    /// `CD`, `CB`.
    CreateDataFile,
    /// `CC`.
    CreateValueFile,
    /// `C1`, `C0`.
    CreateRecordFile,
    /// `CE`.
    CreateTransactionMacFile,
    /// `DF`.
    DeleteFile,
    /// `6F`.
    GetFileIds,
    /// `61`.
    GetIsoFileIds,
    /// `F5`.
    GetFileSettings,
    /// `5F`.
    ChangeFileSettings,
    /// `BD`, `AD`.
    ReadData,
    /// `3D`, `8D`.
    WriteData,
    /// `6C`.
    GetValue,
    /// `0C`, `DC`, `1C`.
    Amount,
    /// `3B`, `8B`.
    WriteRecord,
    /// `DB`, `BA`.
    UpdateRecord,
    /// `BB`, `AB`.
    ReadRecords,
    /// `EB`.
    ClearRecordFile,
    /// `C8`.
    CommitReaderId,
    /// `C7`.
    CommitTransaction,
    /// `A7`.
    AbortTransaction,
}

impl Command {
    /// Reads a command whose secure messaging was removed; never fails.
    pub fn parse(frame: &Frame) -> Self {
        Self::try_parse(frame).unwrap_or_else(|_| Self::Unknown(frame.clone()))
    }

    /// Like [`Command::parse`], and says why the parameters of a known code do not fit.
    pub fn try_parse(frame: &Frame) -> Result<Self, ParseError> {
        match frame.family {
            Family::Desfire => Ok(Self::from_body(frame.ins, &frame.body())?
                .unwrap_or_else(|| Self::Unknown(frame.clone()))),
            Family::Iso => {
                Ok(Self::from_iso(frame).unwrap_or_else(|| Self::Unknown(frame.clone())))
            }
            Family::Reader => Ok(ReaderGetData::from_frame(frame)
                .map_or_else(|| Self::Unknown(frame.clone()), Self::ReaderGetData)),
        }
    }

    fn from_iso(frame: &Frame) -> Option<Self> {
        match frame.ins {
            Select::INS => Select::from_frame(frame).map(Self::Select),
            ReadBinary::INS => ReadBinary::from_frame(frame).map(Self::ReadBinary),
            UpdateBinary::INS => UpdateBinary::from_frame(frame).map(Self::UpdateBinary),
            ReadRecord::INS => ReadRecord::from_frame(frame).map(Self::ReadRecord),
            AppendRecord::INS => AppendRecord::from_frame(frame).map(Self::AppendRecord),
            _ => None,
        }
    }

    /// Reads the parameters of a DESFire command; `None` for a code without a type.
    pub fn from_body(ins: u8, body: &[u8]) -> Result<Option<Self>, ParseError> {
        Self::read(ins, &mut Reader::new(name(Family::Desfire, ins), body))
    }

    /// The data sheet's name, or `Unknown`.
    pub fn name(&self) -> &'static str {
        let frame = self.frame();
        name(frame.family, frame.ins)
    }
}

/// The data sheet's name of a command code, or `Unknown`.
pub fn name(family: Family, ins: u8) -> &'static str {
    match family {
        Family::Desfire => spec(ins).map_or("Unknown", |spec| spec.name),
        Family::Iso => iso::name(ins),
        Family::Reader if ins == ReaderGetData::INS => "GetData",
        Family::Reader => "Unknown",
    }
}

/// The fields of a command's parameters, offsets from the first byte after the command code, and what
/// did not fit.
pub fn spans(frame: &Frame) -> (Vec<Span>, Option<ParseError>) {
    let body = frame.body();
    let mut reader = Reader::recording(name(frame.family, frame.ins), &body);
    let problem = match frame.family {
        Family::Desfire => Command::read(frame.ins, &mut reader).err(),
        Family::Iso | Family::Reader => None,
    };
    if !reader.is_empty() {
        reader.rest(if problem.is_some() { "Rest" } else { "Data" });
    }
    (reader.into_spans(), problem)
}

/// The fields of the answer's data to a command, and what did not fit.
pub fn answer_spans(command: &Command, data: &[u8]) -> (Vec<Span>, Option<ParseError>) {
    let mut reader = Reader::recording(command.name(), data);
    let problem = command.read_answer(&mut reader).err();
    if !reader.is_empty() {
        reader.rest("Rest");
    }
    (reader.into_spans(), problem)
}

/// Which bytes of the parameters of a DESFire command are key material: of ChangeKey and ChangeKeyEV2 the key data with
/// what follows it, of CreateTransactionMACFile the key, of SetConfiguration the default key.
pub fn secret_range(ins: u8, body: &[u8]) -> Option<Range<usize>> {
    let len = body.len();
    let range = match (ins, body.first()) {
        (0xC4, _) => 1..len,
        (0xC6, _) => 2..len,
        (0xCE, _) => 5..len.min(21),
        (0x5C, Some(0x01)) => 1..len.min(25),
        _ => return None,
    };
    (range.start < range.end).then_some(range)
}

fn desfire_frame<T: Wire>(command: &T) -> Frame {
    let mut body = Vec::new();
    command.emit(&mut body);
    let header_len = spec(command.ins()).map_or(body.len(), |spec| spec.header_len(body.len()));
    Frame::desfire(command.ins(), body, header_len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn every_typed_code_has_a_row_and_no_two_types_share_one() {
        let mut seen = Vec::new();
        for code in ALL_CODES.iter().copied().flatten() {
            assert!(
                spec(*code).is_some(),
                "{code:02X} has no row in the command table"
            );
            assert!(!seen.contains(code), "{code:02X} belongs to two types");
            seen.push(*code);
        }
    }

    #[test]
    fn parse_takes_back_what_emit_wrote() {
        for text in EXAMPLES {
            let bytes = hex::parse(text).unwrap();
            let (ins, body) = bytes.split_first().unwrap();
            let header_len = spec(*ins).unwrap().header_len(body.len());
            let frame = Frame::desfire(*ins, body.to_vec(), header_len);
            let command =
                Command::try_parse(&frame).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(
                !matches!(command, Command::Unknown(_)),
                "{text} has no type"
            );
            assert_eq!(command.frame(), frame, "{text}");
        }
        let covered: Vec<u8> = EXAMPLES
            .iter()
            .map(|text| hex::parse(text).unwrap()[0])
            .collect();
        for code in ALL_CODES.iter().copied().flatten() {
            assert!(covered.contains(code), "{code:02X} has no example");
        }
    }

    #[test]
    fn an_iso_command_comes_back_with_its_le() {
        for text in [
            "00A40400 07 D2760000850101 00",
            "00A4000C 02 E104",
            "00A40300",
            "00B00000 00",
            "00B08105 20",
            "00D60003 02 ABCD",
            "00B20104 00",
            "00E20028 03 010203",
        ] {
            let bytes = hex::parse(text).unwrap();
            let apdu = crate::apdu::CommandApdu::parse(&bytes);
            let frame = Frame {
                family: Family::Iso,
                p1p2: apdu.p1p2,
                le: apdu.le,
                ..Frame::desfire(apdu.ins, apdu.body.to_vec(), apdu.body.len())
            };
            let command = Command::parse(&frame);
            assert!(!matches!(command, Command::Unknown(_)), "{text}");
            let again = crate::apdu::CommandApdu::emit_frame(apdu.form, &command.frame());
            assert_eq!(again, bytes, "{text}");
        }
    }

    #[test]
    fn a_cut_command_names_the_field_and_stays_a_row() {
        let frame = Frame::desfire(0x6C, Vec::new(), 1);
        assert_eq!(
            Command::try_parse(&frame).unwrap_err(),
            ParseError::Missing {
                what: "GetValue",
                field: "FileNo",
                need: 1,
                have: 0
            }
        );
        assert_eq!(Command::parse(&frame), Command::Unknown(frame.clone()));
    }

    const EXAMPLES: &[&str] = &[
        "60",
        "51",
        "5A 994401",
        "5A 994401 112233",
        "6A",
        "6D",
        "CA 994401 0B 84",
        "CA 994401 0B A4 1044 A000000396",
        "CA 994401 0B 94 01 00 02 10 00",
        "DA 994401",
        "71 03 00",
        "71 03 06 020000000000",
        "77 03",
        "0A 00",
        "1A 00",
        "AA 00",
        "FC",
        "6E",
        "45",
        "54 0B",
        "64 01",
        "64 41 82",
        "C4 00 00112233445566778899AABBCCDDEEFF01",
        "C6 00 02 0011",
        "5C 01 0011",
        "CD 01 03 3012 200000",
        "CB 01 1044 03 3012 200000",
        "CC 03 03 3F10 00000000 50C30000 00000000 00",
        "C1 02 03 1011 100000 0B0000",
        "C0 02 1044 03 1011 100000 0B0000",
        "CE 0F 03 F0EF 02 00112233445566778899AABBCCDDEEFF 01",
        "DF 01",
        "6F",
        "61",
        "F5 01",
        "5F 01 03 3012",
        "BD 01 000000 200000",
        "AD 01 000000 000000",
        "3D 01 000000 020000 ABCD",
        "8D 01 000000 000000",
        "6C 03",
        "0C 03 E8030000",
        "DC 03 E8030000",
        "1C 03 E8030000",
        "3B 02 000000 010000 AA",
        "8B 02 000000 010000 AA",
        "DB 02 000000 000000 010000 AA",
        "BA 02 000000 000000 010000 AA",
        "BB 02 000000 000000",
        "AB 02 000000 010000",
        "EB 02",
        "C8 00112233445566778899AABBCCDDEEFF",
        "C7",
        "C7 01",
        "A7",
    ];
}
