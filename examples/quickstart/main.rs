//! Writes the sample database of the quick start anew: `cargo run --example quickstart`.

mod sample;

fn main() -> std::io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart/data/database/hsqldb/default");
    std::fs::create_dir_all(folder)?;
    for (name, contents) in sample::files() {
        std::fs::write(std::path::Path::new(folder).join(name), contents)?;
    }
    Ok(())
}
