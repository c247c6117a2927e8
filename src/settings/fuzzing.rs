//! Fuzz targets of the settings: files of every format, and URLs.

use super::file::{self, Node};
use super::merged::Merged;
use super::{SettingsBuilder, shape, url};
use std::path::Path;
use std::sync::Arc;

/// A settings file; the first byte chooses its format.
pub(crate) fn file(data: &[u8]) {
    let Some((format, data)) = data.split_first() else { return };
    let Ok(text) = file::decode(data) else { return };
    let node = file::parse_as(["a.yaml", "a.json", "a.toml"][usize::from(format % 3)].as_ref(), text);
    take(node.ok());
}

fn take(node: Option<Node>) {
    let Some(node) = node else { return };
    let path: Arc<Path> = Arc::from(Path::new("model/config.json"));
    let mut merged = Merged::default();
    let _ = shape::take_file(node, &path, &mut merged);
    let _ = super::resolve::resolve(merged, super::Options::default(), None, None);
}

/// A URL in both grammars, and as the setting it stands in.
pub(crate) fn jdbc_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for form in [url::Form::Jdbc, url::Form::DatabaseUrl] {
        let _ = url::parse(&text, form);
        let _ = url::shown(&text, form);
    }
    let _ = url::holds_password(&text);
    let _ = super::host::split(&text);
    let builder = SettingsBuilder::default().set("DatabaseType", "POSTGRESQL").set("DatabaseJdbcUrl", text.clone());
    let _ = builder.set("SourceDatabaseType", "MYSQL").set("SourceDatabaseHost", text).build();
}
