//! Manifests, lyrics cleaning and the songbook generator.
