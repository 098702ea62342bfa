use musiclime_audio::AudioError;
use musiclime_audio::decode::{Excerpt, decode_bytes, decode_file};
use musiclime_audio::write::{WavFormat, clip_guard_gain, wav_bytes, write_wav};
use musiclime_core::Waveform;

fn wave(peak: f32) -> Waveform {
    let channel = |sign: f32| {
        (0..1000)
            .map(|n| sign * peak * ((n as f32) * 0.01).sin())
            .collect()
    };
    Waveform::new(vec![channel(1.0), channel(-0.5)], 22_050).unwrap()
}

#[test]
fn floats_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write_wav(&path, &wave(3.0), WavFormat::Float32).unwrap();
    assert_eq!(
        decode_file(&path, Excerpt::All).unwrap().waveform,
        wave(3.0)
    );
}

#[test]
fn sixteen_bits_come_back_within_half_a_level() {
    let back = decode_bytes("a.wav", wav_bytes(&wave(0.9)), Excerpt::All)
        .unwrap()
        .waveform;
    for (a, b) in wave(0.9)
        .channels()
        .iter()
        .flatten()
        .zip(back.channels().iter().flatten())
    {
        assert!((a - b).abs() <= 0.5 / 32_768.0 + 1e-7);
    }
}

#[test]
fn a_peak_above_one_is_scaled_not_clipped() {
    assert_eq!(clip_guard_gain(&wave(0.9)), 1.0);
    let loud = wave(2.0);
    let gain = clip_guard_gain(&loud);
    assert!((gain - 0.5).abs() < 1e-4);
    let back = decode_bytes("a.wav", wav_bytes(&loud), Excerpt::All)
        .unwrap()
        .waveform;
    for (a, b) in loud
        .channels()
        .iter()
        .flatten()
        .zip(back.channels().iter().flatten())
    {
        assert!((a * gain - b).abs() <= 1.0 / 32_768.0 + 1e-6);
    }
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    std::fs::write(&path, b"old").unwrap();
    write_wav(&path, &wave(0.5), WavFormat::Pcm16).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), wav_bytes(&wave(0.5)));
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.wav"], "no temporary file stays behind");

    let missing = folder.path().join("none/a.wav");
    let error = write_wav(&missing, &wave(0.5), WavFormat::Pcm16).unwrap_err();
    assert!(
        matches!(error, AudioError::Write { .. }) && error.to_string().contains("none"),
        "{error}"
    );
    assert!(error.hint().is_some());
    // A folder in the way: the rename fails, and the temporary file goes.
    std::fs::create_dir_all(folder.path().join("b.wav/inside")).unwrap();
    assert!(write_wav(&folder.path().join("b.wav"), &wave(0.5), WavFormat::Pcm16).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
