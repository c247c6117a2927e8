//! Nobody is let in and nothing leaks: hostile servers, TLS, secrets, grants, the audit trail.

mod audit;
mod bank;
mod configuration;
mod difference;
mod grants;
mod hostile;
mod names;
mod secrets;
mod source;
mod tls;
