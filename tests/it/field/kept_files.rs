//! What users wrote into a release: filled in, kept aside or named, and never removed without a word.
