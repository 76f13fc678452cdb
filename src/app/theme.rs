//! Colours, fonts and sizes: the only place that names a colour.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow,
    Stroke, TextStyle, Theme, Visuals,
};

use crate::report::Severity;
use crate::trace::Judgement;
use crate::workbench::{TextFont, Tint};

/// Roles of colours, the same in both themes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) bg0: Color32,
    pub(super) input: Color32,
    pub(super) bg1: Color32,
    pub(super) bg2: Color32,
    pub(super) bg3: Color32,
    pub(super) bg4: Color32,
    pub(super) line: Color32,
    pub(super) line2: Color32,
    pub(super) t1: Color32,
    pub(super) t2: Color32,
    pub(super) t3: Color32,
    pub(super) accent: Color32,
    pub(super) accent_fill: Color32,
    pub(super) on_accent: Color32,
    pub(super) selection: Color32,
    pub(super) ok: Color32,
    pub(super) unverified: Color32,
    pub(super) wrong: Color32,
    pub(super) wrong_tint: Color32,
    pub(super) refusal: Color32,
    pub(super) opaque: Color32,
    pub(super) ok_tint: Color32,
    pub(super) refusal_tint: Color32,
    pub(super) opaque_tint: Color32,
    /// Hue and tint of header, data, MAC, status, framing, padding.
    pub(super) fields: [(Color32, Color32); 6],
}

const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place where colours are named"
    )]
    Color32::from_rgb(red, green, blue)
}

const DARK: Palette = Palette {
    bg0: hex(0x0011_1317),
    input: hex(0x0011_1317),
    bg1: hex(0x0018_1B20),
    bg2: hex(0x001F_2329),
    bg3: hex(0x002A_2F37),
    bg4: hex(0x0036_3D47),
    line: hex(0x002A_2F36),
    line2: hex(0x0044_4C58),
    t1: hex(0x00E4_E7EB),
    t2: hex(0x00AA_B2BD),
    t3: hex(0x0085_8F9C),
    accent: hex(0x006C_A8F7),
    accent_fill: hex(0x002C_66C9),
    on_accent: hex(0x00FF_FFFF),
    selection: hex(0x001E_3557),
    ok: hex(0x005B_C489),
    unverified: hex(0x009F_B4CC),
    wrong: hex(0x00FF_7B72),
    wrong_tint: hex(0x0046_2E30),
    refusal: hex(0x00E3_B04B),
    opaque: hex(0x00B7_9CE8),
    ok_tint: hex(0x0023_3631),
    refusal_tint: hex(0x0038_3327),
    opaque_tint: hex(0x0031_3040),
    fields: [
        (hex(0x0062_BDF2), hex(0x002B_4557)),
        (hex(0x00E0_9A1A), hex(0x004C_3C1E)),
        (hex(0x001F_AA80), hex(0x001A_4039)),
        (hex(0x00DE_8FC4), hex(0x004B_394B)),
        (hex(0x00E6_DC6A), hex(0x004E_4D33)),
        (hex(0x0094_84F0), hex(0x0038_3656)),
    ],
};

const LIGHT: Palette = Palette {
    bg0: hex(0x00E3_E6EA),
    input: hex(0x00FF_FFFF),
    bg1: hex(0x00FB_FCFD),
    bg2: hex(0x00F0_F2F5),
    bg3: hex(0x00E4_E8ED),
    bg4: hex(0x00D3_D9E1),
    line: hex(0x00D9_DEE4),
    line2: hex(0x00AE_B7C2),
    t1: hex(0x001A_1F26),
    t2: hex(0x0049_525E),
    t3: hex(0x005B_6471),
    accent: hex(0x001F_5FBF),
    accent_fill: hex(0x001F_5FBF),
    on_accent: hex(0x00FF_FFFF),
    selection: hex(0x00D6_E5FB),
    ok: hex(0x0017_703F),
    unverified: hex(0x0044_607F),
    wrong: hex(0x00B3_261E),
    wrong_tint: hex(0x00F1_DEDE),
    refusal: hex(0x0085_5400),
    opaque: hex(0x006A_45B0),
    ok_tint: hex(0x00E0_EBE6),
    refusal_tint: hex(0x00ED_E8DF),
    opaque_tint: hex(0x00EA_E6F4),
    fields: [
        (hex(0x0000_68A8), hex(0x00CE_E1EE)),
        (hex(0x00B8_5C00), hex(0x00EF_DFCF)),
        (hex(0x0000_805F), hex(0x00CE_E6E1)),
        (hex(0x00AE_4A85), hex(0x00ED_DCE7)),
        (hex(0x004F_5200), hex(0x00DC_DDCF)),
        (hex(0x005A_48C8), hex(0x00DE_DCF3)),
    ],
};

impl Palette {
    /// The palette of the theme that `ui` is drawn in.
    pub(super) fn of(ui: &egui::Ui) -> &'static Self {
        Self::for_theme(if ui.visuals().dark_mode {
            Theme::Dark
        } else {
            Theme::Light
        })
    }

    /// The palette of a theme.
    pub(super) const fn for_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }
}

/// The colour of a judgement's icon.
pub(super) const fn judgement_color(judgement: Judgement, palette: &Palette) -> Color32 {
    match judgement {
        Judgement::Verified => palette.ok,
        Judgement::Unverified => palette.unverified,
        Judgement::Wrong => palette.wrong,
        Judgement::Refused => palette.refusal,
        Judgement::Opaque => palette.opaque,
        Judgement::Plain => palette.t3,
    }
}

/// The colour behind a row that a colour rule fits.
pub(super) const fn tint(tint: Tint, palette: &Palette) -> Color32 {
    let [header, data, mac, status, framing, padding] = palette.fields;
    match tint {
        Tint::Blue => header.1,
        Tint::Orange => data.1,
        Tint::Green => mac.1,
        Tint::Pink => status.1,
        Tint::Yellow => framing.1,
        Tint::Violet => padding.1,
        Tint::Verified => palette.ok_tint,
        Tint::Wrong => palette.wrong_tint,
        Tint::Refused => palette.refusal_tint,
        Tint::Opaque => palette.opaque_tint,
    }
}

/// The colour of a finding's icon.
pub(super) const fn severity_color(severity: Severity, palette: &Palette) -> Color32 {
    match severity {
        Severity::Error => palette.wrong,
        Severity::Warning => palette.refusal,
        Severity::Hint => palette.t3,
    }
}

/// Font of column heads and units.
pub(super) fn small() -> TextStyle {
    TextStyle::Small
}

/// Font of heads in panels.
pub(super) fn strong() -> FontId {
    FontId::new(12.5, FontFamily::Name("semibold".into()))
}

/// Font of command names.
pub(super) fn medium() -> FontId {
    FontId::new(12.5, FontFamily::Name("medium".into()))
}

/// Font of bytes and numbers.
pub(super) fn mono() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Font of the pause before a row.
pub(super) fn tiny() -> FontId {
    FontId::new(10.5, FontFamily::Proportional)
}

/// Font of bytes and numbers in the status bar.
pub(super) fn mono_small() -> FontId {
    FontId::new(11.5, FontFamily::Monospace)
}

/// Font of a differing byte.
pub(super) fn mono_bold() -> FontId {
    FontId::new(12.0, FontFamily::Name("mono-bold".into()))
}

/// Font of empty states' titles.
pub(super) fn title() -> FontId {
    FontId::new(18.0, FontFamily::Name("semibold".into()))
}

/// Height of rows in lists, trees and byte views.
pub(super) const ROW: f32 = 20.0;

/// Changes the font of everything that is not bytes.
pub(super) fn set_text_font(ctx: &egui::Context, font: TextFont) {
    ctx.set_fonts(fonts(font));
}

/// Sets fonts, sizes and both themes.
pub fn apply(ctx: &egui::Context) {
    ctx.set_fonts(fonts(TextFont::default()));
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_visuals_of(theme, visuals(theme));
        ctx.style_mut_of(theme, |style| {
            let body = FontId::new(12.5, FontFamily::Proportional);
            style.text_styles = [
                (TextStyle::Body, body.clone()),
                (TextStyle::Button, body),
                (TextStyle::Monospace, mono()),
                (
                    TextStyle::Small,
                    FontId::new(11.5, FontFamily::Proportional),
                ),
                (
                    TextStyle::Heading,
                    FontId::new(14.0, FontFamily::Name("semibold".into())),
                ),
            ]
            .into();
            style.animation_time = 0.0;
            style.spacing.item_spacing = egui::vec2(6.0, 4.0);
            style.spacing.button_padding = egui::vec2(8.0, 3.0);
            style.spacing.interact_size.y = 22.0;
            style.spacing.menu_margin = Margin::same(6);
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.4;
        });
    }
}

fn fonts(text: TextFont) -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    };
    add(
        "inter",
        include_bytes!("../../assets/fonts/Inter-Regular.otf"),
    );
    add(
        "inter-medium",
        include_bytes!("../../assets/fonts/Inter-Medium.otf"),
    );
    add(
        "inter-semibold",
        include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
    );
    add(
        "mono",
        include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"),
    );
    add(
        "mono-bold",
        include_bytes!("../../assets/fonts/JetBrainsMono-Bold.ttf"),
    );
    let mut family = |family: FontFamily, names: [&str; 2]| {
        fonts
            .families
            .insert(family, names.map(str::to_owned).to_vec());
    };
    let (regular, medium, semibold) = match text {
        TextFont::Inter => (
            ["inter", "mono"],
            ["inter-medium", "mono"],
            ["inter-semibold", "mono"],
        ),
        TextFont::Mono => (["mono", "inter"], ["mono", "inter"], ["mono-bold", "inter"]),
    };
    family(FontFamily::Proportional, regular);
    family(FontFamily::Monospace, ["mono", "inter"]);
    family(FontFamily::Name("medium".into()), medium);
    family(FontFamily::Name("semibold".into()), semibold);
    family(FontFamily::Name("mono-bold".into()), ["mono-bold", "inter"]);
    fonts
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::for_theme(theme);
    let mut visuals = if theme == Theme::Dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    visuals.panel_fill = palette.bg0;
    visuals.window_fill = palette.bg2;
    visuals.faint_bg_color = palette.bg2;
    visuals.extreme_bg_color = palette.input;
    visuals.text_edit_bg_color = Some(palette.input);
    visuals.weak_text_color = Some(palette.t3);
    visuals.hyperlink_color = palette.accent;
    visuals.selection.bg_fill = palette.selection;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.window_stroke = Stroke::new(1.0, palette.line2);
    visuals.window_corner_radius = CornerRadius::same(6);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.popup_shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: Color32::from_black_alpha(96),
    };
    visuals.error_fg_color = palette.wrong;
    visuals.warn_fg_color = palette.refusal;
    visuals.striped = false;
    visuals.disabled_alpha = 1.0;
    let widgets = &mut visuals.widgets;
    for (state, fill, stroke, text) in [
        (
            &mut widgets.noninteractive,
            palette.bg1,
            Stroke::new(1.0, palette.line),
            palette.t2,
        ),
        (
            &mut widgets.inactive,
            palette.bg3,
            Stroke::new(1.0, palette.line2),
            palette.t1,
        ),
        (
            &mut widgets.hovered,
            palette.bg4,
            Stroke::new(1.0, palette.line2),
            palette.t1,
        ),
        (
            &mut widgets.active,
            palette.bg4,
            Stroke::new(1.0, palette.accent),
            palette.t1,
        ),
        (
            &mut widgets.open,
            palette.bg4,
            Stroke::new(1.0, palette.line2),
            palette.t1,
        ),
    ] {
        state.weak_bg_fill = fill;
        state.bg_fill = fill;
        state.bg_stroke = stroke;
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = CornerRadius::same(4);
        state.expansion = 0.0;
    }
    widgets.inactive.bg_stroke = Stroke::new(1.0, palette.line);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let channel = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_background_it_may_stand_on() {
        for palette in [&DARK, &LIGHT] {
            for background in [
                palette.bg0,
                palette.bg1,
                palette.bg2,
                palette.bg3,
                palette.bg4,
                palette.selection,
            ] {
                assert!(contrast(palette.t1, background) >= 7.0);
                assert!(contrast(palette.t2, background) >= 4.5);
            }
            for background in [palette.bg0, palette.bg1, palette.bg2] {
                assert!(contrast(palette.t3, background) >= 4.5);
            }
            for verdict in [
                palette.ok,
                palette.unverified,
                palette.wrong,
                palette.refusal,
                palette.opaque,
            ] {
                assert!(contrast(verdict, palette.bg1) >= 5.0);
                assert!(contrast(verdict, palette.selection) >= 4.5);
            }
            assert!(contrast(palette.wrong, palette.wrong_tint) >= 4.5);
            assert!(contrast(palette.on_accent, palette.accent_fill) >= 5.0);
            for tint in Tint::ALL.map(|one| tint(one, palette)) {
                // The design page rounds its smallest value to 7.0.
                assert!(contrast(palette.t1, tint) >= 6.95);
                assert!(contrast(palette.t2, tint) >= 4.0);
            }
        }
    }
}
