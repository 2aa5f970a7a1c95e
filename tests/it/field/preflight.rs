//! Preflight: the check asks what will really run, before anything is touched.
