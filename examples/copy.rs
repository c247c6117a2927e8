//! Copies a database as the files named on the command line and the environment describe it.

use dbferry::settings::Layers;
use dbferry::{Event, Migration};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut layers = Layers::new();
    for file in std::env::args().skip(1) {
        layers = layers.file(file);
    }
    let settings = layers.environment(std::env::vars_os()).load()?;
    let tell = |event: &Event| {
        if let Event::Step { step, seconds, .. } = event {
            eprintln!("{step} {seconds:.1} s");
        }
    };
    let report = Migration::new(settings).observer(Arc::new(tell)).copy().await?;
    for table in &report.tables {
        eprintln!("{}: {} rows", table.target, table.rows);
    }
    Ok(())
}
