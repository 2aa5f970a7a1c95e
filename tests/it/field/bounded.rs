//! The client is bounded: hosts that flood, trickle, or end a login at once.
