//! The fonts: which face shows a character, how wide it is, and the small font of only the glyphs that a
//! document uses.
//!
//! A drawing library leaves a silent box where a font has no glyph. Here every character is looked up first,
//! in the requested face and then in its fallbacks; one that no face has is spelled as
//! its code point.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use subsetter::GlyphRemapper;

use super::PdfError;
use super::theme::{Face, Style};
use crate::model::digest::sha256_hex;

/// A font file of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FontFile {
    Sans,
    SansBold,
    Mono,
    Chinese,
    ChineseBold,
}

/// Statics, because the program would hold a constant once for every use, and these are 10 MB.
static SANS: &[u8] = include_bytes!("../../../templates/fonts/NotoSans-Regular.ttf");
static SANS_BOLD: &[u8] = include_bytes!("../../../templates/fonts/NotoSans-Bold.ttf");
static MONO: &[u8] = include_bytes!("../../../templates/fonts/NotoSansMono-Regular.ttf");
static CHINESE: &[u8] = include_bytes!("../../../templates/fonts/NotoSansSC-Regular.ttf");
static CHINESE_BOLD: &[u8] = include_bytes!("../../../templates/fonts/NotoSansSC-Bold.ttf");

impl FontFile {
    const ALL: [Self; 5] = [
        Self::Sans,
        Self::SansBold,
        Self::Mono,
        Self::Chinese,
        Self::ChineseBold,
    ];

    /// The PostScript name, also the name of its resource.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sans => "NotoSans-Regular",
            Self::SansBold => "NotoSans-Bold",
            Self::Mono => "NotoSansMono-Regular",
            Self::Chinese => "NotoSansSC-Regular",
            Self::ChineseBold => "NotoSansSC-Bold",
        }
    }

    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Sans => SANS,
            Self::SansBold => SANS_BOLD,
            Self::Mono => MONO,
            Self::Chinese => CHINESE,
            Self::ChineseBold => CHINESE_BOLD,
        }
    }
}

impl Face {
    /// The files that show it, the first that has a character shows it.
    fn files(self) -> &'static [FontFile] {
        match self {
            Self::Sans => &[FontFile::Sans, FontFile::Chinese],
            Self::Bold => &[
                FontFile::SansBold,
                FontFile::ChineseBold,
                FontFile::Sans,
                FontFile::Chinese,
            ],
            Self::Mono => &[FontFile::Mono, FontFile::Chinese],
        }
    }
}

/// A character as a font file has it.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    file: FontFile,
    /// Width in thousandths of the type size.
    width: f32,
}

/// Part of a text that one font file shows.
#[derive(Debug, PartialEq)]
pub(super) struct Run<'t> {
    pub(super) file: FontFile,
    pub(super) text: &'t str,
    /// Width in points.
    pub(super) width: f32,
}

/// All faces, ready to be measured.
pub(super) struct Fonts {
    faces: Vec<ttf_parser::Face<'static>>,
    /// The glyphs of ASCII, which most text is made of, for each [`Face`].
    ascii: [[Option<Glyph>; 128]; 3],
}

impl Fonts {
    /// Reads the tables that measuring needs.
    ///
    /// # Errors
    /// When a font file of the program is damaged.
    pub(super) fn load() -> Result<Self, PdfError> {
        let parse = |file: &FontFile| {
            ttf_parser::Face::parse(file.bytes(), 0)
                .map_err(|cause| PdfError::font(*file, cause.to_string()))
        };
        let mut fonts = Self {
            faces: FontFile::ALL.iter().map(parse).collect::<Result<_, _>>()?,
            ascii: [[None; 128]; 3],
        };
        for face in [Face::Sans, Face::Bold, Face::Mono] {
            for code in 0..128_u8 {
                fonts.ascii[face as usize][usize::from(code)] =
                    fonts.look_up(char::from(code), face);
            }
        }
        Ok(fonts)
    }

    fn glyph(&self, character: char, face: Face) -> Option<Glyph> {
        match self.ascii[face as usize].get(character as usize) {
            Some(glyph) => *glyph,
            None => self.look_up(character, face),
        }
    }

    fn look_up(&self, character: char, face: Face) -> Option<Glyph> {
        face.files().iter().find_map(|&file| {
            let font = &self.faces[file as usize];
            let id = font.glyph_index(character)?;
            let advance = f32::from(font.glyph_hor_advance(id)?);
            let width = advance * 1000.0 / f32::from(font.units_per_em());
            Some(Glyph { file, width })
        })
    }

    /// The text as `face` can show it: a character that no font has becomes its code point.
    pub(super) fn spell<'t>(&self, text: &'t str, face: Face) -> Cow<'t, str> {
        let missing = |character: char| self.glyph(character, face).is_none();
        if !text.contains(missing) {
            return Cow::Borrowed(text);
        }
        let mut spelled = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            if is_variation_selector(character) {
                continue; // only selects a variant of the character before it
            } else if missing(character) {
                let _ = write!(spelled, "[U+{:04X}]", u32::from(character)); // a String takes every write
            } else {
                spelled.push(character);
            }
        }
        Cow::Owned(spelled)
    }

    /// The width in points of a text that is already spelled.
    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        let width = |character| self.glyph(character, style.face).map_or(0.0, |g| g.width);
        text.chars().map(width).sum::<f32>() * style.size / 1000.0
    }

    /// The text cut into parts that one font file each shows.
    pub(super) fn runs<'t>(&self, text: &'t str, style: Style) -> Vec<Run<'t>> {
        let mut runs = Vec::<Run<'t>>::new();
        let mut start = 0;
        for (at, character) in text.char_indices() {
            let Some(glyph) = self.glyph(character, style.face) else {
                continue; // spelled text has none of these
            };
            let width = glyph.width * style.size / 1000.0;
            let end = at + character.len_utf8();
            match runs.last_mut() {
                Some(run) if run.file == glyph.file => {
                    run.text = &text[start..end];
                    run.width += width;
                }
                _ => {
                    start = at;
                    runs.push(Run {
                        file: glyph.file,
                        text: &text[at..end],
                        width,
                    });
                }
            }
        }
        runs
    }

    /// The font of `file` with no other glyphs than those of `characters`.
    ///
    /// # Errors
    /// When the font file of the program is damaged.
    pub(super) fn subset(
        &self,
        file: FontFile,
        characters: &BTreeSet<char>,
    ) -> Result<Subset, PdfError> {
        let font = &self.faces[file as usize];
        let mut remapper = GlyphRemapper::new();
        let mut glyphs = BTreeMap::new();
        let mut widths = BTreeMap::new();
        for &character in characters {
            if let Some(id) = font.glyph_index(character) {
                let new = remapper.remap(id.0);
                glyphs.insert(u32::from(character), new);
                widths.insert(new, font.glyph_hor_advance(id).unwrap_or(0));
            }
        }
        let bytes = subsetter::subset(file.bytes(), 0, &remapper)
            .map_err(|cause| PdfError::font(file, cause.to_string()))?;
        Ok(Subset {
            name: format!("{}+{}", tag(&bytes), file.name()),
            bytes,
            glyphs,
            widths,
            units_per_em: font.units_per_em(),
            ascent: font.ascender(),
            descent: font.descender(),
            bounds: font.global_bounding_box(),
            weight: font.weight().to_number(),
        })
    }
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Six letters that tell this subset from others of its font (ISO 32000-1 section 9.6.4).
fn tag(bytes: &[u8]) -> String {
    // Hexadecimal digits as letters: 0 is G, 9 is P, a to f are A to F.
    let letter = |digit: u8| match digit {
        b'0'..=b'9' => char::from(digit - b'0' + b'G'),
        _ => char::from(digit.to_ascii_uppercase()),
    };
    sha256_hex(bytes).bytes().take(6).map(letter).collect()
}

/// A font of only the glyphs that a document uses.
#[derive(Debug)]
pub(super) struct Subset {
    /// PostScript name with the tag of a subset.
    pub(super) name: String,
    /// The font program, TrueType.
    pub(super) bytes: Vec<u8>,
    /// Glyph of each character.
    pub(super) glyphs: BTreeMap<u32, u16>,
    /// Width of each glyph in font units.
    pub(super) widths: BTreeMap<u16, u16>,
    pub(super) units_per_em: u16,
    pub(super) ascent: i16,
    pub(super) descent: i16,
    /// The box that every glyph of the whole font is in.
    pub(super) bounds: ttf_parser::Rect,
    /// 400 is regular, 700 bold.
    pub(super) weight: u16,
}

#[cfg(test)]
mod tests {
    use super::super::theme::{BODY, CODE, STRONG};
    use super::*;

    #[test]
    fn each_character_is_shown_by_the_first_face_that_has_it() {
        let fonts = Fonts::load().unwrap();
        let runs = |text, style| -> Vec<_> {
            let runs = fonts.runs(text, style).into_iter();
            runs.map(|run| (run.file, run.text)).collect()
        };
        assert_eq!(
            runs("TTL 为 60 秒", BODY),
            [
                (FontFile::Sans, "TTL "),
                (FontFile::Chinese, "为"),
                (FontFile::Sans, " 60 "),
                (FontFile::Chinese, "秒"),
            ]
        );
        assert_eq!(runs("登", STRONG), [(FontFile::ChineseBold, "登")]);
        // 堃 is in GBK and in no GB 2312: names need it, bold text borrows it.
        assert_eq!(runs("堃", STRONG), [(FontFile::Chinese, "堃")]);
        assert_eq!(runs("a→b", CODE), [(FontFile::Mono, "a→b")]);
    }

    #[test]
    fn what_no_font_has_is_spelled_as_its_code_point() {
        let fonts = Fonts::load().unwrap();
        assert_eq!(fonts.spell("ok \u{1f600}!", Face::Sans), "ok [U+1F600]!");
        assert_eq!(fonts.spell("\u{1b}[2J", Face::Mono), "[U+001B][2J");
        assert_eq!(fonts.spell("⚠\u{fe0f} é Ж Ω 香", Face::Bold), "⚠ é Ж Ω 香");
    }

    #[test]
    fn a_subset_is_small_and_keeps_its_widths() {
        let fonts = Fonts::load().unwrap();
        let characters = BTreeSet::from(['中', '国']);
        let subset = fonts.subset(FontFile::Chinese, &characters).unwrap();
        assert!(subset.bytes.len() < 5_000, "{}", subset.bytes.len());
        assert_eq!(subset.glyphs.len(), 2);
        assert!(subset.widths.values().all(|&width| width == 1000));
        assert!(subset.name.ends_with("+NotoSansSC-Regular"));
        let tag = &subset.name[..6];
        assert!(tag.bytes().all(|byte| byte.is_ascii_uppercase()), "{tag}");
    }
}
