//! From PC/SC's codes to the project's sentences.

use pcsc::Error;

use super::super::error::ReaderError;

/// A connection to the service.
pub(super) fn establish() -> Result<pcsc::Context, ReaderError> {
    pcsc::ffi::available().map_err(|reason| ReaderError::NoLibrary {
        reason: reason.to_owned(),
    })?;
    pcsc::Context::establish(pcsc::Scope::User).map_err(|error| match of_service(error) {
        ReaderError::NoService if is_locked() => ReaderError::Refused,
        other => other,
    })
}

/// Whether pcscd is there behind a socket that this user may not open. libpcsclite takes that for no service.
fn is_locked() -> bool {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        let opened = std::os::unix::net::UnixStream::connect(SOCKET);
        opened.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    false
}

/// Where pcscd listens unless it was built otherwise.
#[cfg(all(unix, not(target_os = "macos")))]
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// What a code means that comes from the service itself: one that ends while it is asked breaks its socket.
pub(super) fn of_service(error: Error) -> ReaderError {
    match error {
        Error::CommError => ReaderError::NoService,
        error => reason(error, "PC/SC"),
    }
}

/// What a code means for the reader of this name.
pub(super) fn reason(error: Error, reader: &str) -> ReaderError {
    let reader = reader.to_owned();
    match error {
        Error::NoService | Error::ServiceStopped => ReaderError::NoService,
        Error::NoAccess | Error::SecurityViolation => ReaderError::Refused,
        Error::NoSmartcard => ReaderError::NoCard { reader },
        Error::RemovedCard => ReaderError::CardRemoved { reader },
        Error::ResetCard => ReaderError::CardReset { reader },
        Error::ReaderUnavailable | Error::UnknownReader | Error::NoReadersAvailable => {
            ReaderError::ReaderGone { reader }
        }
        Error::SharingViolation => ReaderError::Busy { reader },
        Error::UnresponsiveCard | Error::UnpoweredCard => ReaderError::Mute { reader },
        error => ReaderError::Other {
            reader,
            text: error.to_string(),
            code: error as u32,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frequent_code_has_a_sentence_of_its_own() {
        let codes = [
            Error::NoService,
            Error::NoAccess,
            Error::NoSmartcard,
            Error::RemovedCard,
            Error::ResetCard,
            Error::ReaderUnavailable,
            Error::SharingViolation,
            Error::UnresponsiveCard,
        ];
        let mut sentences: Vec<String> = codes
            .iter()
            .map(|code| reason(*code, "Desk 00").to_string())
            .collect();
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), codes.len());
        assert!(!sentences.iter().any(|text| text.contains("failed")));
    }

    #[test]
    fn other_codes_keep_their_number() {
        let sentence = reason(Error::CommError, "Desk 00").to_string();
        assert!(
            sentence.contains("Desk 00") && sentence.contains("80100013"),
            "{sentence}"
        );
        assert_eq!(of_service(Error::CommError), ReaderError::NoService);
        assert_ne!(of_service(Error::NoMemory), ReaderError::NoService);
    }
}
