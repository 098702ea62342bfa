"""Makes the golden files of crates/audio: run with torch, torchaudio, transformers, librosa, soxr and numpy installed,
and ffmpeg on the path.

    python scripts/golden_audio.py

Features: HF ASTFeatureExtractor on a signal that the Rust tests synthesise with the same integer arithmetic.
Resampling: librosa's soxr_hq of a chirp and of a click train. Compressed files: ffmpeg's encoders on a sine with noise.
"""
import pathlib
import subprocess
import sys

import librosa
import numpy as np
from transformers import ASTFeatureExtractor
from transformers.utils import is_speech_available

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/audio/tests/golden"


def noise(count, seed):
    """Uniform noise in -1..1 from a 32-bit linear congruential generator (Numerical Recipes' constants)."""
    out = np.empty(count, np.float64)
    state = seed
    for i in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        out[i] = (state >> 8) / 2**23 - 1.0
    return out


def signal(count, rate, seed):
    """A 440 Hz sine whose loudness swells, a 3 kHz sine, noise and an offset, as f32."""
    t = np.arange(count) / rate
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * 3.0 * t)
    x = 0.4 * swell * np.sin(2 * np.pi * 440.0 * t) + 0.1 * np.sin(2 * np.pi * 3000.0 * t)
    return (x + 0.05 * noise(count, seed) + 0.02).astype(np.float32)


def features():
    assert is_speech_available(), "the torchaudio path is the reference"
    cases = [
        # name, rate, mel bins, max frames, samples, normalise
        ("16k_128_pad", 16000, 128, 40, 4000, True),
        ("16k_64_cut", 16000, 64, 16, 6400, True),
        ("44k_128_pad", 44100, 128, 20, 6000, True),
        ("22k_64_cut", 22050, 64, 12, 5000, True),
        ("16k_128_raw", 16000, 128, 20, 3000, False),
    ]
    for name, rate, mel, frames, count, normalise in cases:
        extractor = ASTFeatureExtractor(
            sampling_rate=rate, num_mel_bins=mel, max_length=frames, do_normalize=normalise
        )
        x = signal(count, rate, 7)
        y = extractor(x, sampling_rate=rate, return_tensors="np")["input_values"][0]
        assert y.shape == (frames, mel)
        y.astype("<f4").tofile(OUT / f"fbank_{name}.f32")
    # Digital silence: the floor of the logarithm.
    y = ASTFeatureExtractor(max_length=4, num_mel_bins=64)(
        np.zeros(880, np.float32), sampling_rate=16000, return_tensors="np"
    )["input_values"][0]
    y.astype("<f4").tofile(OUT / "fbank_silence.f32")


def chirp(count, rate, top_hz):
    """A linear chirp from 50 Hz to top_hz with faded ends, as f32."""
    t = np.arange(count) / rate
    length = count / rate
    phase = 2 * np.pi * (50.0 * t + (top_hz - 50.0) / (2 * length) * t * t)
    fade = np.minimum(1.0, np.minimum(np.arange(count), count - 1 - np.arange(count)) / (0.1 * count))
    return (0.5 * fade * np.sin(phase)).astype(np.float32)


def clicks(count, every):
    x = np.zeros(count, np.float32)
    x[every // 2 :: every] = 0.8
    return x


def resampling():
    pairs = [(44100, 16000), (22050, 16000), (8000, 16000), (48000, 16000), (11025, 16000), (192000, 16000)]
    # Too many phases for a table: weights between those of a finely sampled filter.
    pairs += [(44101, 16000)]
    for rate, to in pairs:
        count = rate // 5
        top = 0.42 * min(rate, to)
        for name, x in (("chirp", chirp(count, rate, top)), ("clicks", clicks(count, rate // 20))):
            y = librosa.resample(x, orig_sr=rate, target_sr=to, res_type="soxr_hq")
            y.astype("<f4").tofile(OUT / f"resample_{name}_{rate}_{to}.f32")


def compressed():
    """0.7 s of stereo: 1,000 Hz left, 1,500 Hz right, a little noise, a click 0.25 s in (to see the alignment)."""
    rate, count = 22050, 15435
    t = np.arange(count) / rate
    left = 0.5 * np.sin(2 * np.pi * 1000.0 * t) + 0.002 * noise(count, 11)
    right = 0.25 * np.sin(2 * np.pi * 1500.0 * t) + 0.002 * noise(count, 12)
    envelope = np.where((t > 0.2) & (t < 0.25), 0.0, 1.0)
    pcm = np.stack([left * envelope, right * envelope], axis=1)
    raw = np.round(pcm * 32767).astype("<i2").tobytes()
    for name, options in {
        "tone.mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
        "tone.flac": ["-c:a", "flac", "-metadata_header_padding", "0"],
        "tone.ogg": ["-c:a", "libvorbis", "-q:a", "2"],
        "tone_aac.m4a": ["-c:a", "aac", "-b:a", "64k"],
        "tone_alac.m4a": ["-c:a", "alac"],
    }.items():
        extra = ["-t", "0.1"] if name in ("tone.flac", "tone_alac.m4a") else []
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "2", "-i", "-", *extra]
            + options
            + ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", str(OUT / name)],
            input=raw,
            check=True,
        )


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    features()
    resampling()
    compressed()
    print(sum(p.stat().st_size for p in OUT.iterdir()), "bytes", file=sys.stderr)
