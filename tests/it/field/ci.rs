//! CI as it is documented: separate accounts and keys, pushes that are refused.
