//! The report as text, page and JSON, on made-up runs.

mod page;
mod sample;
mod text;
