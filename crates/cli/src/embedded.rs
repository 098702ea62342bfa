//! What is compiled in, so that the binary explains something from any folder.

/// A model that is compiled in.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedModel {
    /// The name that `--model` takes.
    pub name: &'static str,
    /// `config.json`.
    pub config: &'static [u8],
    /// `model.safetensors`.
    pub weights: &'static [u8],
    /// `tokenizer.json`.
    pub tokenizer: &'static [u8],
}

/// A song that is compiled in.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedSong {
    /// Its name.
    pub name: &'static str,
    /// Its stems: name and FLAC file.
    pub stems: [(&'static str, &'static [u8]); 4],
    /// Its lyrics.
    pub lyrics: &'static str,
}

macro_rules! model {
    ($name:literal) => {
        EmbeddedModel {
            name: $name,
            config: include_bytes!(concat!("../../../weights/", $name, "/config.json")),
            weights: include_bytes!(concat!("../../../weights/", $name, "/model.safetensors")),
            tokenizer: include_bytes!(concat!("../../../weights/", $name, "/tokenizer.json")),
        }
    };
}

/// The demo models, the default first.
pub const MODELS: [EmbeddedModel; 2] = [model!("genre"), model!("emotion")];

macro_rules! stem {
    ($song:literal, $name:literal) => {
        (
            $name,
            include_bytes!(concat!(
                "../../../datasets/songbook/",
                $song,
                "/stems/",
                $name,
                ".flac"
            )) as &'static [u8],
        )
    };
}

/// The song that is explained when none is given: a shanty, which needs both its sound and its words.
pub const SONG: EmbeddedSong = EmbeddedSong {
    name: "s2026-000030",
    stems: [
        stem!("s2026-000030", "vocals"),
        stem!("s2026-000030", "drums"),
        stem!("s2026-000030", "bass"),
        stem!("s2026-000030", "other"),
    ],
    lyrics: include_str!("../../../datasets/songbook/s2026-000030/lyrics.txt"),
};
