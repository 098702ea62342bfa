//! Writes a songbook: `cargo run --release -p musiclime-dataset --example songbook -- SEED SONGS OUT`.

use musiclime_dataset::songbook;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [seed, songs, out] = args.as_slice() else {
        eprintln!("usage: songbook SEED SONGS OUT");
        return ExitCode::from(2);
    };
    let (Ok(seed), Ok(songs)) = (seed.parse(), songs.parse()) else {
        eprintln!("SEED and SONGS are whole numbers, got {seed} and {songs}");
        return ExitCode::from(2);
    };
    let started = std::time::Instant::now();
    if let Err(error) = songbook::write(seed, songs, Path::new(out), &|_: usize, _: usize| true) {
        eprintln!("{error}");
        return ExitCode::from(2);
    }
    eprintln!("{songs} songs in {:.2} s", started.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
