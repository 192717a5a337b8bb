//! Prints how long a look-up takes among 10,000 customers, in nanoseconds: `cargo run --profile bench -p
//! customer-lookup --example lookup_bench`; with `--json` as one JSON object.

use std::{hint::black_box, io::Write, time::Instant};

use shared::domain::{customer_file::CustomerFile, identity::Identity};

const CUSTOMERS: u64 = 10_000;
const LOOK_UPS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entry = |n| {
        format!(
            r#"{{"customer_id":"P-{n}","phone_number":"whatsapp:+4915{n:09}","company_id":"company-{}","company_name":"Company {}"}}"#,
            n / 10,
            n / 10
        )
    };
    let json = format!("[{}]", (0..CUSTOMERS).map(entry).collect::<Vec<_>>().join(",\n"));
    let started = Instant::now();
    let file = CustomerFile::parse(json.as_bytes()).map_err(|faults| format!("{} faults", faults.len()))?;
    let parse_ms = started.elapsed().as_secs_f64() * 1_000.0;

    let identities: Vec<Identity> =
        (0..CUSTOMERS).map(|n| Identity::parse(&format!("+4915{n:09}"))).collect::<Result<_, _>>()?;
    let started = Instant::now();
    let mut found = 0_u64;
    for identity in identities.iter().cycle().take(usize::try_from(LOOK_UPS)?) {
        found += u64::from(black_box(file.find(black_box(identity))).is_some());
    }
    let each = started.elapsed().as_nanos() / u128::from(LOOK_UPS);
    let mut out = std::io::stdout();
    if std::env::args().any(|argument| argument == "--json") {
        writeln!(out, r#"{{"customers":{CUSTOMERS},"read_ms":{parse_ms:.1},"ns":{each}}}"#)?;
        return Ok(());
    }
    writeln!(out, "customers={CUSTOMERS} read_ms={parse_ms:.1} found={found} ns_per_lookup={each}")?;
    Ok(())
}
