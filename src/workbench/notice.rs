//! Sentences for the user that stay until they are closed.

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something was done.
    Info,
    /// Something the user should look at.
    Warning,
    /// Something failed.
    Failure,
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Names it for closing.
    pub id: u64,
    /// How serious.
    pub kind: NoticeKind,
    /// One sentence.
    pub text: String,
    /// Cause and circumstances, for "Copy details"; never a secret.
    pub details: String,
    /// The row it is about.
    pub row: Option<usize>,
}
