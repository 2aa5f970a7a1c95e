//! The successor: whatever dies or is out of processes, the operation ends all the same.
