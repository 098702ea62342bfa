//! Dividing a data set: no artist in two splits, every class in every split in the wanted shares as far as that allows.

use crate::DatasetError;
use crate::balance::{Balance, artist_key, label_of};
use crate::manifest::{Entry, Manifest, Split};
use crate::songbook::Task;
use musiclime_core::Invalid;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::BTreeMap;

/// Rounds of moving single artists at most; it ends sooner once no move helps.
const MOST_ROUNDS: usize = 50;

/// The wanted share of each split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    shares: [f64; 3],
}

impl Shares {
    /// What train and validation leave is test.
    ///
    /// # Errors
    /// A share that is not in 0..=1, no train at all, or shares that sum to more than 1.
    pub fn new(train: f64, validation: f64) -> Result<Self, Invalid> {
        for (what, share) in [
            ("share of train", train),
            ("share of validation", validation),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(Invalid::new(what, "a number from 0 to 1", share));
            }
        }
        if train <= 0.0 {
            return Err(Invalid::new("share of train", "above 0", train));
        }
        // Shares such as .9 and .1 sum to 1 but for rounding.
        let left = 1.0 - train - validation;
        if left < -1e-9 {
            let sum = train + validation;
            return Err(Invalid::new(
                "train and validation",
                "a sum of at most 1",
                sum,
            ));
        }
        let test = if left < 1e-9 { 0.0 } else { left };
        Ok(Self {
            shares: [train, validation, test],
        })
    }

    /// The wanted share of a split.
    pub fn of(&self, split: Split) -> f64 {
        self.shares[split as usize]
    }

    fn wanted(&self) -> Vec<usize> {
        (0..3).filter(|&s| self.shares[s] > 0.0).collect()
    }
}

/// What to do with a class that has one song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LonelyClasses {
    /// Refuse: it cannot be learnt and measured.
    #[default]
    Refuse,
    /// Put the song into train and say so.
    Train,
}

/// The class and split that came out farthest from what was wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worst {
    /// The class.
    pub class: String,
    /// The split.
    pub split: Split,
    /// The share of the class's songs that is in the split.
    pub share: f64,
    /// The share that was wanted.
    pub wanted: f64,
}

/// How a division came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitReport {
    /// What it was stratified by.
    pub task: Task,
    /// The seed.
    pub seed: u64,
    /// Songs in train, validation and test.
    pub songs: [usize; 3],
    /// The wanted shares of train, validation and test.
    pub wanted: [f64; 3],
    /// Groups that were kept together: artists, and single songs without one.
    pub groups: usize,
    /// Songs whose artist is not known; each was taken for an artist of its own.
    pub without_artist: usize,
    /// Songs without a label of the task; they are in no split.
    pub unlabelled: usize,
    /// Mean over classes and splits of the distance from the wanted share.
    pub mean_deviation: f64,
    /// The largest such distance.
    pub worst: Option<Worst>,
    /// What could not be done as wanted, class by class.
    pub notes: Vec<String>,
}

/// Songs that stay together.
struct Group {
    songs: Vec<usize>,
    /// How many of each class.
    classes: Vec<usize>,
    /// Where it must be.
    fixed: Option<usize>,
}

/// Writes a split into every song that has a label of `task`; others get none.
///
/// The same seed and songs give the same division, whatever the order of the songs.
///
/// # Errors
/// No labelled song, or a class of one song under [`LonelyClasses::Refuse`].
pub fn split(
    manifest: &Manifest,
    task: Task,
    shares: Shares,
    seed: u64,
    lonely: LonelyClasses,
) -> Result<(Manifest, SplitReport), DatasetError> {
    let entries = manifest.entries();
    let before = Balance::of(entries, task);
    if before.labelled() == 0 {
        return Err(DatasetError::Input {
            path: manifest.folder().to_path_buf(),
            expected: format!("songs with a {}", task.name()),
            got: format!("{} songs without", before.unlabelled),
        });
    }
    let wanted = shares.wanted();
    let mut notes = Vec::new();
    for class in before
        .classes
        .iter()
        .filter(|c| c.songs == 1 && wanted.len() > 1)
    {
        let of_class = |e: &&Entry| label_of(e, task) == Some(class.class.as_str());
        let song = entries
            .iter()
            .find(of_class)
            .map_or("", |e| &e.id)
            .to_owned();
        match lonely {
            LonelyClasses::Refuse => {
                return Err(DatasetError::LonelyClass {
                    task: task.name(),
                    class: class.class.clone(),
                    song,
                });
            }
            LonelyClasses::Train => notes.push(format!(
                "\"{}\" has 1 song (\"{song}\"): it is in train, and in no other split",
                class.class
            )),
        }
    }
    let mut groups = groups(entries, task, &before);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    groups.shuffle(&mut rng);
    // The largest first: the small ones then even out what those left.
    groups.sort_by_key(|g| std::cmp::Reverse(g.songs.len()));
    let places = place(&groups, &before, shares);

    let mut split_of: Vec<Option<Split>> = vec![None; entries.len()];
    for (group, &place) in groups.iter().zip(&places) {
        for &song in &group.songs {
            split_of[song] = Some(Split::ALL[place]);
        }
    }
    let divided = manifest.map(|i, entry| Entry {
        split: split_of[i],
        ..entry
    });
    let after = Balance::of(divided.entries(), task);
    let deviations = deviations(&after, shares);
    for class in after.classes.iter().filter(|c| c.songs > 1) {
        let missing: Vec<&str> = wanted
            .iter()
            .map(|&s| Split::ALL[s])
            .filter(|s| class.in_split(*s) == 0)
            .map(Split::name)
            .collect();
        if !missing.is_empty() {
            notes.push(format!(
                "\"{}\" is not in {}: it has {} songs of {} known artists",
                class.class,
                missing.join(" or "),
                class.songs,
                class.artists
            ));
        }
    }
    let sum: f64 = deviations.iter().map(|w| (w.share - w.wanted).abs()).sum();
    let report = SplitReport {
        task,
        seed,
        songs: Split::ALL.map(|s| after.classes.iter().map(|c| c.in_split(s)).sum()),
        wanted: shares.shares,
        groups: groups.len(),
        without_artist: groups
            .iter()
            .flat_map(|g| &g.songs)
            .filter(|&&i| artist_key(&entries[i]).is_none())
            .count(),
        unlabelled: after.unlabelled,
        mean_deviation: sum / deviations.len().max(1) as f64,
        worst: deviations.into_iter().max_by(|a, b| {
            (a.share - a.wanted)
                .abs()
                .total_cmp(&(b.share - b.wanted).abs())
        }),
        notes,
    };
    Ok((divided, report))
}

/// Labelled songs by artist, in an order that does not depend on the manifest's.
fn groups(entries: &[Entry], task: Task, balance: &Balance) -> Vec<Group> {
    let mut by_artist: BTreeMap<(bool, String), Vec<usize>> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        if label_of(entry, task).is_some() {
            let key = match artist_key(entry) {
                Some(artist) => (true, artist),
                None => (false, entry.id.clone()),
            };
            by_artist.entry(key).or_default().push(i);
        }
    }
    let class_index = |i: usize| {
        let label = label_of(&entries[i], task);
        balance
            .classes
            .iter()
            .position(|c| Some(c.class.as_str()) == label)
    };
    let group = |songs: Vec<usize>| {
        let mut classes = vec![0; balance.classes.len()];
        for class in songs.iter().filter_map(|&i| class_index(i)) {
            classes[class] += 1;
        }
        let lonely =
            |(count, class): (&usize, &crate::balance::ClassCount)| *count > 0 && class.songs == 1;
        let fixed = classes.iter().zip(&balance.classes).any(lonely);
        Group {
            songs,
            classes,
            fixed: fixed.then_some(0),
        }
    };
    by_artist.into_values().map(group).collect()
}

/// The split of each group: the one that brings the counts nearest to the wanted ones, then single moves while any
/// helps.
///
/// The distance is the sum over splits and classes of (songs - wanted)^2 / songs of the class, plus the same for all
/// songs together.
fn place(groups: &[Group], balance: &Balance, shares: Shares) -> Vec<usize> {
    let mut totals: Vec<f64> = balance.classes.iter().map(|c| c.songs as f64).collect();
    totals.push(balance.labelled() as f64);
    let counts = |group: &Group| -> Vec<(usize, f64)> {
        let all = (group.classes.len(), group.songs.len());
        let classes = group.classes.iter().copied().enumerate();
        let some = classes.chain([all]).filter(|(_, n)| *n > 0);
        some.map(|(k, n)| (k, n as f64)).collect()
    };
    let mut have = vec![vec![0.0; totals.len()]; 3];
    let price = |have: &[Vec<f64>], split: usize, counts: &[(usize, f64)]| -> f64 {
        let of = |&(k, n): &(usize, f64)| {
            let lack = have[split][k] - shares.shares[split] * totals[k];
            n * (2.0 * lack + n) / totals[k]
        };
        counts.iter().map(of).sum()
    };
    let add = |have: &mut Vec<Vec<f64>>, split: usize, counts: &[(usize, f64)], sign: f64| {
        for &(k, n) in counts {
            have[split][k] += sign * n;
        }
    };
    let wanted = shares.wanted();
    let best = |have: &[Vec<f64>], counts: &[(usize, f64)]| {
        wanted
            .iter()
            .map(|&s| (price(have, s, counts), s))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, 0))
    };
    let mut places = Vec::with_capacity(groups.len());
    for group in groups {
        let counts = counts(group);
        let place = group.fixed.unwrap_or_else(|| best(&have, &counts).1);
        add(&mut have, place, &counts, 1.0);
        places.push(place);
    }
    for _ in 0..MOST_ROUNDS {
        let mut moved = false;
        for (group, place) in groups.iter().zip(&mut places) {
            if group.fixed.is_some() {
                continue;
            }
            let counts = counts(group);
            add(&mut have, *place, &counts, -1.0);
            let stay = price(&have, *place, &counts);
            let (price, other) = best(&have, &counts);
            if price < stay - 1e-9 {
                *place = other;
                moved = true;
            }
            add(&mut have, *place, &counts, 1.0);
        }
        if !moved {
            break;
        }
    }
    places
}

fn deviations(balance: &Balance, shares: Shares) -> Vec<Worst> {
    let mut all = Vec::new();
    for class in &balance.classes {
        for split in Split::ALL {
            all.push(Worst {
                class: class.class.clone(),
                split,
                share: class.in_split(split) as f64 / class.songs.max(1) as f64,
                wanted: shares.of(split),
            });
        }
    }
    all
}
