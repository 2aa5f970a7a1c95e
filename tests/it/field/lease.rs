//! The lease: nothing that runs on a host can hang beyond it or its own timeout.
