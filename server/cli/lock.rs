//! One process per data folder: a lock the system releases when the process ends,
//! however it ends.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::Path;

/// Makes the data folder (for its owner only) and takes its lock.
///
/// # Errors
/// One sentence: the folder cannot be made, or another process holds it.
pub(super) fn take(data: &Path) -> Result<File, String> {
    let shown = data.display();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(data)
        .map_err(|error| format!("cannot make the data folder {shown}: {error}"))?;
    let file = File::create(data.join("chantier.lock"))
        .map_err(|error| format!("cannot write in the data folder {shown}: {error}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!(
            "the data folder {shown} is in use by another chantier process: \
             stop it first, or choose another folder with --data"
        )),
        Err(TryLockError::Error(error)) => {
            Err(format!("cannot lock the data folder {shown}: {error}"))
        }
    }
}
