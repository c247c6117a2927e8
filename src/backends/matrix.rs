//! The support matrix as documentation shows it, made from the table of backends and the dialects' facts.

use super::BACKENDS;
use crate::dialect;
use crate::endpoint::Engine;

/// A Markdown table of the DBMSs that can be source and target, with their versions.
pub fn markdown_table() -> String {
    let mut text = "| DBMS | `DatabaseType` | source | target | oldest version | tested |\n".to_string();
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for backend in BACKENDS.iter().filter(|backend| backend.engine != Engine::Memory) {
        for name in backend.dialects {
            let Ok(facts) = dialect::load(name) else { continue };
            text.push_str(&format!(
                "| {} | `{}` | yes | yes | {} | {} |\n",
                facts.name,
                backend.engine.name(),
                facts.versions.minimum,
                facts.versions.tested.join(", ")
            ));
        }
    }
    text
}
