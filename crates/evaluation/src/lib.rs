//! Classification reports and the faithfulness of explanations to planted causes.
