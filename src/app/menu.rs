//! The menus, in their order.

/// Where a command stands in the menus, and the area that the palette names.
#[expect(missing_docs, reason = "`title` says it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    View,
    Trace,
    Card,
    Tools,
    Help,
}

impl Menu {
    /// All menus, in order.
    pub const ALL: [Self; 7] = [
        Self::File,
        Self::Edit,
        Self::View,
        Self::Trace,
        Self::Card,
        Self::Tools,
        Self::Help,
    ];

    /// The title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Trace => "Trace",
            Self::Card => "Card",
            Self::Tools => "Tools",
            Self::Help => "Help",
        }
    }
}
