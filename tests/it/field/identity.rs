//! Identity: a base knows its application, its `live` and its `releases`.
