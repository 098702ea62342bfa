//! Decoding, resampling, spectra, the Kaldi filter bank, weight-free separation and WAV writing.
