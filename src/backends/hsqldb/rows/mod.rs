//! Rows: how values are written, cut and decoded.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod interval;
pub(crate) mod literal;
pub(crate) mod split;
pub(crate) mod temporal;
