//! Interpretable components, masks, sampling, surrogates and explanations; free of Burn.
