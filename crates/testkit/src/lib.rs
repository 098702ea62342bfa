//! Toy classifiers, named tolerances and the golden-file loader that the tests share.
