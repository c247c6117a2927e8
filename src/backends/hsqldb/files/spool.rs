//! A compressed script, decompressed into a temporary file outside the source folder.

use crate::backends::hsqldb::fault::{damaged, io};
use crate::error::Result;
use flate2::read::MultiGzDecoder;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that vanishes with this value.
#[derive(Debug)]
pub(crate) struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        // Nothing can be done if the file is gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Spool {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Decompresses `script`.
    ///
    /// # Errors
    /// `Read` when it is damaged, `Io` when the temporary folder cannot be written.
    pub(crate) fn unpack(script: &Path) -> Result<Spool> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dbferry-{}-{number}.script", std::process::id()));
        let source = File::open(script).map_err(|e| io("the script cannot be opened", script, e))?;
        let spool = Spool(path);
        let target = OpenOptions::new().write(true).create_new(true).open(&spool.0);
        let target = target.map_err(|e| io("the temporary file for the script cannot be made", &spool.0, e))?;
        let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(1 << 20, source));
        let mut writer = BufWriter::with_capacity(1 << 20, target);
        std::io::copy(&mut decoder, &mut writer)
            .and_then(|_| writer.into_inner().map(|_| ()).map_err(std::io::IntoInnerError::into_error))
            .map_err(|e| {
                damaged("the compressed script cannot be decompressed")
                    .object(script.display().to_string())
                    .caused_by(e)
            })?;
        Ok(spool)
    }
}

/// Whether a file begins like gzip.
///
/// # Errors
/// `Io` when it cannot be read.
pub(crate) fn is_gzip(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|e| io("the script cannot be opened", path, e))?;
    file.take(2).read_to_end(&mut start).map_err(|e| io("the script cannot be read", path, e))?;
    Ok(start == [0x1F, 0x8B])
}
