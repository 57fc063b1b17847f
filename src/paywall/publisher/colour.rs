//! The publisher's colour, as far as people can read it.
//!
//! Text in the accent's colour stands on the page's ground, and text on the accent is black or white. Contrasts are
//! those of WCAG 2.2, 1.4.3: text needs 4.5.

use core::fmt;

use super::colour_names;

/// What text needs.
const LEGIBLE: f64 = 4.5;
/// The page's grounds, by light and by dark: the worse one of each, of which the page has two.
const LIGHT: Colour = Colour([0xfa, 0xf9, 0xf6]);
const DARK: Colour = Colour([0x1b, 0x1f, 0x22]);
const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);

/// Red, green and blue, as in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour([u8; 3]);

/// Why an accent can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ColourError {
    #[error("`{0}` is no colour: write #rrggbb, or a name of CSS such as teal")]
    Unknown(String),
    #[error(
        "the accent {colour} can't be read on the page's {ground} ground: the contrast is {contrast}, and text needs \
         4.5. Choose a {better} one"
    )]
    Pale {
        colour: Colour,
        ground: &'static str,
        contrast: String,
        better: &'static str,
    },
    #[error(
        "the accent {0} can be read neither on the page's light ground nor on its dark one: give one for each, as in \
         {{ light = \"#0f6b5c\", dark = \"#66d3bf\" }}"
    )]
    Neither(Colour),
}

impl Colour {
    /// From `#rgb`, `#rrggbb`, or a name of CSS.
    pub(crate) fn parse(text: &str) -> Result<Self, ColourError> {
        let text = text.trim();
        let unknown = || ColourError::Unknown(text.chars().take(40).collect());
        let digits = match text.strip_prefix('#') {
            Some(digits) => digits,
            None => colour_names::find(text).ok_or_else(unknown)?,
        };
        let digits = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => digits.to_owned(),
        };
        let mut bytes = [0; 3];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| unknown())?;
        Ok(Self(bytes))
    }

    /// Black or white, whichever reads better on it.
    fn text(self) -> Self {
        match self.contrast(WHITE) >= self.contrast(BLACK) {
            true => WHITE,
            false => BLACK,
        }
    }
}

// Colours are no money.
#[allow(clippy::float_arithmetic)]
impl Colour {
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            match part <= 0.04045 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

/// The colour by light and by dark; `None`: the page keeps its own there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Accent {
    light: Option<Colour>,
    dark: Option<Colour>,
}

#[derive(serde::Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "`accent` must be a colour, or { light = \"#…\", dark = \"#…\" }"
)]
enum Written {
    One(String),
    Two {
        light: Option<String>,
        dark: Option<String>,
    },
}

impl TryFrom<Written> for Accent {
    type Error = ColourError;

    fn try_from(written: Written) -> Result<Self, ColourError> {
        let parse = |text: Option<String>| text.as_deref().map(Colour::parse).transpose();
        match written {
            Written::One(text) => Self::everywhere(Colour::parse(&text)?),
            Written::Two { light, dark } => {
                let (light, dark) = (parse(light)?, parse(dark)?);
                check(light, LIGHT, "light", "darker")?;
                check(dark, DARK, "dark", "lighter")?;
                Ok(Self { light, dark })
            }
        }
    }
}

impl Accent {
    /// Wherever it can be read.
    fn everywhere(colour: Colour) -> Result<Self, ColourError> {
        let on = |ground| Some(colour).filter(|colour| colour.contrast(ground) >= LEGIBLE);
        let accent = Self {
            light: on(LIGHT),
            dark: on(DARK),
        };
        match accent {
            Self {
                light: None,
                dark: None,
            } => Err(ColourError::Neither(colour)),
            accent => Ok(accent),
        }
    }

    /// Which grounds keep the page's own colour, for a word to the operator.
    pub(crate) fn left_out(&self) -> Option<&'static str> {
        match (self.light, self.dark) {
            (None, Some(_)) => Some("light"),
            (Some(_), None) => Some("dark"),
            _ => None,
        }
    }

    /// The style sheet that sets `--microraiden-accent` and `--microraiden-on-accent`.
    pub(crate) fn css(&self) -> String {
        let rule = |condition: &str, colour: Colour| {
            let text = colour.text();
            format!(
                "@media {condition} {{\n  :root {{\n    --microraiden-accent: {colour};\n    \
                 --microraiden-on-accent: {text};\n  }}\n}}\n"
            )
        };
        let light = self
            .light
            .map(|c| rule("not all and (prefers-color-scheme: dark)", c));
        let dark = self.dark.map(|c| rule("(prefers-color-scheme: dark)", c));
        light.into_iter().chain(dark).collect()
    }
}

fn check(
    colour: Option<Colour>,
    on: Colour,
    ground: &'static str,
    better: &'static str,
) -> Result<(), ColourError> {
    let Some(colour) = colour else {
        return Ok(());
    };
    let contrast = colour.contrast(on);
    if contrast >= LEGIBLE {
        return Ok(());
    }
    Err(ColourError::Pale {
        colour,
        ground,
        contrast: format!("{contrast:.1}"),
        better,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accent(toml: &str) -> Result<Accent, String> {
        #[derive(serde::Deserialize)]
        struct Holder {
            accent: Accent,
        }
        let read: Result<Holder, _> = toml::from_str(&format!("accent = {toml}"));
        read.map(|holder| holder.accent)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn colours_are_read_in_hex_and_by_name() {
        for (text, shown) in [
            ("#0f6b5c", "#0f6b5c"),
            ("#0F6", "#00ff66"),
            ("teal", "#008080"),
            ("RebeccaPurple", "#663399"),
        ] {
            let colour = Colour::parse(text).map(|colour| colour.to_string());
            assert_eq!(colour.as_deref(), Ok(shown));
        }
        for text in [
            "",
            "#",
            "#12345",
            "#gggggg",
            "red;}",
            "#0f6b5c80",
            "rgb(0,0,0)",
        ] {
            assert!(Colour::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn contrasts_are_those_of_the_guidelines() {
        assert_eq!(format!("{:.2}", WHITE.contrast(BLACK)), "21.00");
        let grey = Colour([0x76; 3]);
        assert_eq!(format!("{:.2}", WHITE.contrast(grey)), "4.54");
        assert_eq!(Colour([0xff, 0xee, 0]).text(), BLACK);
        assert_eq!(Colour([0, 0, 0x80]).text(), WHITE);
    }

    #[test]
    fn a_colour_that_nobody_can_read_is_refused() {
        let pale = accent("{ light = \"#ffee00\" }").expect_err("pale");
        assert!(
            pale.contains("contrast is 1.1") && pale.contains("darker"),
            "{pale}"
        );
        let dim = accent("{ dark = \"navy\" }").expect_err("dim");
        assert!(
            dim.contains("dark ground") && dim.contains("lighter"),
            "{dim}"
        );
        assert!(accent("{ light = \"navy\", dim = \"navy\" }").is_err());
        assert!(accent("7").is_err());
    }

    #[test]
    fn one_colour_is_used_where_it_can_be_read() {
        let navy = accent("\"navy\"").expect("a colour");
        assert_eq!(navy.left_out(), Some("dark"));
        assert!(
            navy.css().contains("--microraiden-accent: #000080")
                && !navy.css().contains("media (p")
        );
        let yellow = accent("\"yellow\"").expect("a colour");
        assert_eq!(yellow.left_out(), Some("light"));
        let both = accent("{ light = \"navy\", dark = \"yellow\" }").expect("two");
        assert_eq!(both.left_out(), None);
        assert!(both.css().contains("--microraiden-on-accent: #000000"));
    }
}
