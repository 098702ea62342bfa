//! The networks of musiclime in Burn: AST, RoBERTa and BERT, the fusion head; devices, loading and batching.
