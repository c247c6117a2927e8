//! The `dbferry` command: parses, runs, prints, exits with the documented code.
