//! What the program remembers about the user's taste. Never a key, never a trace.

use serde::{Deserialize, Serialize};

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

/// Saved between runs; unknown members are ignored so that an older program opens a newer file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: ThemeChoice,
    /// Scale of the whole window, 0.8 to 2.
    pub scale: f32,
    /// Recently opened files, newest first.
    pub recent: Vec<std::path::PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            scale: 1.0,
            recent: Vec::new(),
        }
    }
}

impl Settings {
    /// Smallest and largest scale.
    pub const SCALE: std::ops::RangeInclusive<f32> = 0.8..=2.0;

    /// Reads saved settings; `None` when they are not readable.
    pub fn parse(text: &str) -> Option<Self> {
        let mut settings: Self = serde_json::from_str(text).ok()?;
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
}
