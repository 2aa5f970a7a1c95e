//! Links: what walks through releases/, shared/ and `[activate]` walks through real directories only.
