//! `hark customers check`: every fault of a customers.json with its line and reason.

use anyhow::{Context, bail};
use customer_lookup::{CustomerFile, Fault};
use serde::Serialize;

use crate::{args::Customers, output};

#[derive(Serialize)]
struct Checked {
    customers: usize,
    faults: Vec<Fault>,
}

pub(crate) async fn run(command: Customers) -> anyhow::Result<()> {
    let Customers::Check { file, output } = command;
    let bytes = tokio::fs::read(&file).await.with_context(|| format!("cannot read {}", file.display()))?;
    let checked = match CustomerFile::read(&bytes) {
        Ok(reading) => Checked { customers: reading.file.customers().len(), faults: reading.faults },
        Err(fault) => Checked { customers: 0, faults: vec![fault] },
    };
    output::print(output.form(), &checked, shown)?;
    if checked.faults.is_empty() { Ok(()) } else { bail!("{} has faults", file.display()) }
}

fn shown(checked: &Checked) -> String {
    let mut lines: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    lines.push(format!("{} customers can be used, {} faults", checked.customers, checked.faults.len()));
    lines.join("\n")
}
