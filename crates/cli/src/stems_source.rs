//! Where a song's stems come from.

use std::fmt;

/// Where a song's stems come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StemsSource {
    /// There are none.
    None,
    /// A folder that the user gave.
    Given,
    /// The song that is compiled in.
    BuiltIn,
    /// The songbook, which mixes its songs from them.
    Songbook,
    /// A separator estimated them from the mixture.
    Estimated {
        /// The separator's name.
        separator: String,
    },
}

impl StemsSource {
    /// The name of the separator that made the stems, or `none`.
    pub fn separator(&self) -> &str {
        match self {
            Self::Estimated { separator } => separator,
            Self::None | Self::Given | Self::BuiltIn | Self::Songbook => "none",
        }
    }
}

impl fmt::Display for StemsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Given => f.write_str("given"),
            Self::BuiltIn => f.write_str("the built-in song's own"),
            Self::Songbook => f.write_str("the songbook's own"),
            Self::Estimated { separator } => write!(f, "estimated by the separator {separator}"),
        }
    }
}
