//! Databases that we wrote, opened by the real engine.
