//! The final path: a release is unpacked and prepared where it will live.
