//! Whether there is somebody whom Hark would listen to.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use shared::{config::Settings, domain::customer_file::CustomerFile};

use crate::demo;

/// Notes what is wrong with customers.json in `settings`. One entry that cannot be used is no reason not to start: it is
/// left out and told of, as while Hark runs; a file in which nobody can be used is.
pub(super) fn check(settings: &mut Settings<'_>, folder: &Path) {
    let named = settings.optional("HARK_CUSTOMERS").map(PathBuf::from);
    let path = named.unwrap_or_else(|| folder.join("objects").join("customers.json"));
    if let Some(fault) = fault(&path) {
        settings.fault(fault);
    }
}

fn fault(path: &Path) -> Option<String> {
    let shown = path.display();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(format!(
                "there is no {shown}, so nobody is known: write a customers.json (customer-lookup/README.md shows its \
                 form) and store it with `hark customers put FILE`"
            ));
        }
        Err(error) => return Some(format!("{shown} cannot be read: {error}")),
    };
    if bytes == demo::CUSTOMERS.as_bytes() {
        return Some(format!(
            "{shown} is the demo company of hark dev: store your own with `hark customers put FILE`"
        ));
    }
    let advice = format!("`hark customers check {shown}` tells line and reason of every fault");
    match CustomerFile::read(&bytes) {
        Err(fault) => Some(format!("{shown} cannot be used, {fault}: {advice}")),
        Ok(reading) if reading.file.customers().is_empty() => {
            Some(format!("nobody in {shown} can be used: {advice}"))
        }
        Ok(_) => None,
    }
}
