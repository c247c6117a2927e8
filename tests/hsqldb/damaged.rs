//! Damaged files: an error, never a panic, a hang or a wrong row.
