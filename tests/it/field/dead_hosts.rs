//! Dead hosts: left out with a reason, and caught up later.
