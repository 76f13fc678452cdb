//! Versions of the session form. A later version keeps the earlier forms in files of their own and lifts them here.

/// The version that is written.
pub(super) const NEWEST: u64 = 1;

/// Whether a file of this version can be read.
pub(super) const fn reads(version: u64) -> bool {
    version >= 1 && version <= NEWEST
}
