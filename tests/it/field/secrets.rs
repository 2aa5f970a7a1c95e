//! Secrets: masked by what was parsed, in every output, argv, file and log.
