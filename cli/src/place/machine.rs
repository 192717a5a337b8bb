//! One machine: the stores of its folder, opened beside whatever process has it.

use std::{path::PathBuf, sync::Arc};

use adapter_local::{DataDir, Database, SqliteQueue, SqliteStore};
use adapter_system::{SystemClock, SystemIds};
use anyhow::bail;
use shared::{config::Settings, ports::clock::Clock};

use super::{Pepper, Place};
use crate::{demo, one_machine::CustomersFile};

/// Makes the folder and what belongs in it, if there is nothing yet. A folder that is in use is left alone.
pub(super) fn begin(settings: &Settings<'_>) -> anyhow::Result<()> {
    let folder = PathBuf::from(settings.or("HARK_DATA", demo::DATA));
    if !folder.join("hark.sqlite3").exists() {
        DataDir::open(&folder, "", Arc::new(SystemClock), Arc::new(SystemIds))?;
    }
    Ok(())
}

pub(super) fn open(settings: &Settings<'_>) -> anyhow::Result<Place> {
    let folder = PathBuf::from(settings.or("HARK_DATA", demo::DATA));
    let database = folder.join("hark.sqlite3");
    if !database.exists() {
        bail!(
            "there is nothing in {}: start `hark dev` or `hark serve` once, or set HARK_DATA",
            folder.display()
        );
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database = Arc::new(Database::open(&database, None)?);
    let queue = Arc::new(SqliteQueue::new(database.clone(), clock.clone(), Arc::new(SystemIds)));
    let customers = settings
        .optional("HARK_CUSTOMERS")
        .map_or_else(|| folder.join("objects").join("customers.json"), PathBuf::from);
    let customers = Arc::new(CustomersFile::new(customers));
    Ok(Place {
        env: "local",
        name: format!("this machine ({})", folder.display()),
        table: Arc::new(SqliteStore::new(database, clock)),
        objects: customers.clone(),
        writes: customers.clone(),
        replaces: customers,
        queue: queue.clone(),
        dead_letters: queue.clone(),
        status: queue,
        calls: None,
        pepper: Pepper::InFolder(folder),
    })
}
