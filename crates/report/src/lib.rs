//! Figures, HTML reports and listenable mixes of an explanation.
