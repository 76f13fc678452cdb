//! What the program remembers about the user's taste. Never a key, never a trace.

mod arrangement;
mod colour_rules;
mod columns;
mod saved_filter;
mod show;
mod tolerant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use arrangement::Arrangement;
pub use colour_rules::{ColourRule, Tint};
pub use columns::{Columns, TraceColumn};
pub use saved_filter::SavedFilter;
pub use show::{AidOrder, HexGroup};

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// Font of everything that is not bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFont {
    /// Inter.
    #[default]
    Inter,
    /// JetBrains Mono, as for bytes.
    Mono,
}

/// A file of templates that the user loaded: its content, so that it stays when the file goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptTemplates {
    /// Name of the file, without its folder.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Saved between runs; unknown members are ignored, and an unknown value costs only its own setting, so that an older
/// program opens a newer file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: ThemeChoice,
    /// Scale of the whole window, 0.8 to 2.
    pub scale: f32,
    /// Font of text.
    pub text_font: TextFont,
    /// Whether the system's fonts show characters that the embedded ones lack; read at the start.
    pub system_fonts: bool,
    /// How copied bytes are grouped.
    pub hex_group: HexGroup,
    /// How AIDs are shown and typed.
    pub aid_order: AidOrder,
    /// Whether a session that has a file is saved after every job.
    pub autosave: bool,
    /// Minutes without an action after which the key store locks itself; 0 is never.
    pub lock_after_minutes: u32,
    /// The key store that was used last: its file, nothing of its content.
    pub store: Option<std::path::PathBuf>,
    /// Whether the readings of the chosen bytes are shown below the bytes.
    pub inspector: bool,
    /// Where the panels stand; the first arrangement when none.
    pub arrangement: Option<Arrangement>,
    /// Recently opened files, newest first.
    pub recent: Vec<std::path::PathBuf>,
    /// Display filters that the user keeps, in the order of their buttons.
    #[serde(deserialize_with = "tolerant::list")]
    pub filters: Vec<SavedFilter>,
    /// Display filters used before, newest first.
    pub filter_history: Vec<String>,
    /// Columns of the trace.
    pub columns: Columns,
    /// Rules that colour rows of the trace; the first that fits counts.
    #[serde(deserialize_with = "tolerant::list")]
    pub colour_rules: Vec<ColourRule>,
    /// A longer pause between two rows is drawn, in milliseconds; 0 is none.
    pub gap_ms: u32,
    /// Files that say what the bytes of cards' files mean, in the order in which they were loaded.
    pub templates: Vec<KeptTemplates>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            scale: 1.0,
            text_font: TextFont::default(),
            system_fonts: false,
            hex_group: HexGroup::default(),
            aid_order: AidOrder::default(),
            autosave: false,
            lock_after_minutes: 15,
            store: None,
            inspector: false,
            arrangement: None,
            recent: Vec::new(),
            filters: Vec::new(),
            filter_history: Vec::new(),
            columns: Columns::default(),
            colour_rules: Vec::new(),
            gap_ms: 1_000,
            templates: Vec::new(),
        }
    }
}

/// One setting with its new value.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Theme.
    Theme(ThemeChoice),
    /// Scale; what is outside [`Settings::SCALE`] becomes its nearest end.
    Scale(f32),
    /// Font of text.
    TextFont(TextFont),
    /// The system's fonts for characters that the embedded ones lack.
    SystemFonts(bool),
    /// Grouping of copied bytes.
    HexGroup(HexGroup),
    /// How AIDs are shown and typed.
    AidOrder(AidOrder),
    /// Saving after every job.
    Autosave(bool),
    /// Minutes until the key store locks itself; 0 is never.
    LockAfterMinutes(u32),
    /// The readings of the chosen bytes.
    Inspector(bool),
    /// Where the panels stand; `None` is the first arrangement.
    Arrangement(Option<Arrangement>),
    /// Whether a column of the trace is shown.
    Column(TraceColumn, bool),
    /// All columns of the trace.
    Columns(Columns),
    /// The rules that colour rows.
    ColourRules(Vec<ColourRule>),
    /// The kept filters.
    Filters(Vec<SavedFilter>),
    /// Pauses that are drawn, in milliseconds; 0 is none.
    GapMs(u32),
}

impl Settings {
    /// Smallest and largest scale.
    pub const SCALE: std::ops::RangeInclusive<f32> = 0.8..=2.0;

    /// Reads saved settings; `None` when they are no JSON object.
    pub fn parse(text: &str) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(text).ok()?;
        let is_known = |(name, value): &(String, Value)| {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            serde_json::from_value::<Self>(Value::Object(alone)).is_ok()
        };
        let known = members.into_iter().filter(is_known).collect();
        let mut settings: Self = serde_json::from_value(Value::Object(known)).ok()?;
        settings.scale = settings
            .scale
            .clamp(*Self::SCALE.start(), *Self::SCALE.end());
        Some(settings)
    }

    /// The text to save.
    pub fn text(&self) -> String {
        // Numbers and strings only: this form always serialises.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Changes one setting.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Theme(theme) => self.theme = theme,
            Setting::Scale(scale) => {
                self.scale = scale.clamp(*Self::SCALE.start(), *Self::SCALE.end());
            }
            Setting::TextFont(font) => self.text_font = font,
            Setting::SystemFonts(on) => self.system_fonts = on,
            Setting::HexGroup(group) => self.hex_group = group,
            Setting::AidOrder(order) => self.aid_order = order,
            Setting::Autosave(on) => self.autosave = on,
            Setting::LockAfterMinutes(minutes) => self.lock_after_minutes = minutes,
            Setting::Inspector(open) => self.inspector = open,
            Setting::Arrangement(arrangement) => self.arrangement = arrangement,
            Setting::Column(column, shown) => self.columns.set(column, shown),
            Setting::Columns(columns) => self.columns = columns,
            Setting::ColourRules(rules) => self.colour_rules = rules,
            Setting::Filters(filters) => self.filters = filters,
            Setting::GapMs(gap) => self.gap_ms = gap,
        }
    }
}
