//! Fitting the classifiers.
