use super::band;
use super::cues::{self, AudioCue, Setting};
use super::dice::{Dice, Purpose};
use super::labels::{Emotion, Energy, Genre, Task, Valence};
use super::lexicon::{FIRST_NAMES, LAST_NAMES};
use super::lyrics::{self, CueWords};
use super::mix::{self, SONG_SAMPLES, STEM_NAMES};
use super::score::Score;
use super::synth::drums::Kit;
use super::synth::{SAMPLE_RATE_HZ, samples};
use super::truth::{Cause, Truth};
use musiclime_core::{Lyrics, Stems, Waveform};
use std::ops::Range;

/// A book of songs that is as long as anyone asks.
///
/// Song `index` depends on the seed and the index only, so songs can be made in any order and on any thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Songbook {
    seed: u64,
}

/// One song with everything that is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SongbookSong {
    /// `s<seed>-<index>`, as `s7-000012`.
    pub id: String,
    /// Vocals, drums, bass, other: stereo, 16 kHz, 10.24 s, on the 16-bit grid; their sum never clips.
    pub stems: Stems,
    /// Two verses and a refrain that comes twice.
    pub lyrics: Lyrics,
    /// An invented name.
    pub artist: String,
    /// The class of [`Task::Genre`].
    pub genre: Genre,
    /// The class of [`Task::Emotion`].
    pub emotion: Emotion,
    /// The planted causes, of the genre first.
    pub truth: Vec<Truth>,
}

impl SongbookSong {
    /// The index of this song's class among [`Task::labels`].
    pub fn label_index(&self, task: Task) -> usize {
        let position = match task {
            Task::Genre => Genre::ALL.iter().position(|g| *g == self.genre),
            Task::Emotion => Emotion::all().position(|e| e == self.emotion),
        };
        position.unwrap_or_else(|| unreachable!("every class is in its list"))
    }

    /// The name of this song's class.
    pub fn label(&self, task: Task) -> &'static str {
        match task {
            Task::Genre => self.genre.name(),
            Task::Emotion => self.emotion.name(),
        }
    }
}

impl Songbook {
    /// The book of a seed; two seeds share no song.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The id of a song.
    pub fn song_id(&self, index: usize) -> String {
        format!("s{}-{index:06}", self.seed)
    }

    /// The classes of a song: uniform and independent.
    pub fn labels(&self, index: usize) -> (Genre, Emotion) {
        let mut dice = self.dice(index, Purpose::Labels);
        let genre = *dice.pick(&Genre::ALL);
        let valence = *dice.pick(&Valence::ALL);
        let energy = *dice.pick(&Energy::ALL);
        (genre, Emotion { valence, energy })
    }

    /// Makes a song.
    pub fn song(&self, index: usize) -> SongbookSong {
        let (genre, emotion) = self.labels(index);
        self.song_as(index, genre, emotion)
    }

    /// Makes a song as it would be with other labels: everything but the planted causes stays.
    pub fn song_as(&self, index: usize, genre: Genre, emotion: Emotion) -> SongbookSong {
        let id = self.song_id(index);
        let words = CueWords::draw(genre, emotion, &mut self.dice(index, Purpose::CueWords));
        let text = lyrics::write(&words, &mut self.dice(index, Purpose::Text));
        let (stems, stretches) = self.play(index, genre, emotion, &text.refrain);

        let mut truth = Vec::new();
        for (task, words) in [(Task::Genre, &words.genre), (Task::Emotion, &words.valence)] {
            for (_, stem, range) in stretches.iter().filter(|(of, _, _)| *of == task) {
                let cause = Cause::Audio {
                    stem: STEM_NAMES[*stem].to_string(),
                    start_s: range.start as f64 / f64::from(SAMPLE_RATE_HZ),
                    end_s: range.end as f64 / f64::from(SAMPLE_RATE_HZ),
                };
                truth.push(Truth {
                    song: id.clone(),
                    task,
                    cause,
                });
            }
            for word in words {
                let cause = Cause::Lyrics {
                    word: (*word).to_string(),
                };
                truth.push(Truth {
                    song: id.clone(),
                    task,
                    cause,
                });
            }
        }

        let mut dice = self.dice(index, Purpose::Artist);
        let artist = format!("{} {}", dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
        SongbookSong {
            id,
            stems,
            lyrics: Lyrics::new(text.text),
            artist,
            genre,
            emotion,
            truth,
        }
    }

    fn dice(&self, index: usize, purpose: Purpose) -> Dice {
        Dice::new(self.seed, index as u64, purpose)
    }

    /// The sound, and which stretch of which stem each task's cue takes.
    fn play(
        &self,
        index: usize,
        genre: Genre,
        emotion: Emotion,
        refrain: &[String],
    ) -> (Stems, Vec<(Task, usize, Range<usize>)>) {
        let score = Score::draw(SONG_SAMPLES, &mut self.dice(index, Purpose::Score));
        let mut of_vocals = self.dice(index, Purpose::Vocals);
        let singer = band::draw_singer(&mut of_vocals);
        let mut of_drums = self.dice(index, Purpose::Drums);
        let kit = Kit::draw(&mut of_drums);
        let plain = [
            band::vocals(&score, refrain, &singer, SONG_SAMPLES, &mut of_vocals),
            band::drums(&score, &kit, SONG_SAMPLES, &mut of_drums),
            band::bass(&score, SONG_SAMPLES, &mut self.dice(index, Purpose::Bass)),
            band::other(&score, SONG_SAMPLES, &mut self.dice(index, Purpose::Other)),
        ];
        let mut plain = plain;
        let mut of_levels = self.dice(index, Purpose::Levels);
        let levels_db = STEM_NAMES.map(|_| of_levels.uniform(-4.0, 4.0));
        for (track, level_db) in plain.iter_mut().zip(levels_db) {
            mix::level(track, level_db);
        }

        let mut stretches: Vec<(Task, usize, Range<usize>)> = Vec::new();
        let mut tracks = plain.clone();
        let planned = [
            (
                Task::Genre,
                genre.audio_cue(),
                Purpose::GenrePlace,
                Purpose::GenreCue,
            ),
            (
                Task::Emotion,
                Some(emotion.energy.audio_cue()),
                Purpose::EnergyPlace,
                Purpose::EnergyCue,
            ),
        ];
        for (task, cue, place, sound) in planned {
            let Some(cue) = cue else { continue };
            let stem = cue.stem();
            let taken: Vec<&Range<usize>> = stretches
                .iter()
                .filter(|(_, s, _)| *s == stem)
                .map(|(_, _, range)| range)
                .collect();
            let range = draw_stretch(&taken, &mut self.dice(index, place));
            let setting = Setting {
                score: &score,
                singer: &singer,
                kit: &kit,
                bar: score.bar_at(range.start),
            };
            let mut played = cues::play(cue, range.len(), &setting, &mut self.dice(index, sound));
            let rms = mix::cue_rms(&plain, cue, levels_db[stem], range.clone());
            mix::replace(&mut tracks[stem], range.start, &mut played, rms);
            stretches.push((task, stem, range));
        }

        let mut named = Vec::with_capacity(STEM_NAMES.len());
        for (stem, mut track) in tracks.into_iter().enumerate() {
            mix::finish(&mut track, stem);
            let waveform = Waveform::new(track.channels.into(), SAMPLE_RATE_HZ)
                .unwrap_or_else(|e| unreachable!("the mix is finite and of one length: {e}"));
            named.push((STEM_NAMES[stem].to_string(), waveform));
        }
        let stems =
            Stems::new(named).unwrap_or_else(|e| unreachable!("four stems of one shape: {e}"));
        (stems, stretches)
    }
}

/// A stretch of 1.7 to 2.0 s that keeps 0.2 s from both ends of the song and 0.15 s from the stretches that are
/// taken in the same stem.
fn draw_stretch(taken: &[&Range<usize>], dice: &mut Dice) -> Range<usize> {
    let (edge, gap) = (samples(0.2), samples(0.15));
    let len = samples(dice.uniform(1.7, 2.0));
    // One taken stretch leaves more than half of the places free, so this ends after a few draws.
    loop {
        let start = edge + dice.index(SONG_SAMPLES - 2 * edge - len + 1);
        let free = taken
            .iter()
            .all(|t| start + len + gap <= t.start || t.end + gap <= start);
        if free {
            return start..start + len;
        }
    }
}

impl AudioCue {
    /// The name of the stem that plays it.
    pub fn stem_name(self) -> &'static str {
        STEM_NAMES[self.stem()]
    }
}
