//! The rules of the house, checked: who may know whom, who may make a scope, what every file begins with,
//! and that the documents name only what exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    metadata.packages
}

const DEPLOYABLES: [&str; 7] =
    ["webhook-handler", "voice-parser", "call-handler", "customer-lookup", "data-api", "panel", "scheduler"];
/// Crates that speak to the outside, and the adapters that may use them.
const VENDORS: [(&str, &[&str]); 13] = [
    (
        "reqwest",
        &[
            "adapter-egress",
            "adapter-twilio",
            "adapter-telegram",
            "adapter-openai",
            "adapter-webhooks",
            "adapter-aws",
            "simulators",
            "cli",
            "system-tests",
        ],
    ),
    ("aws-config", &["adapter-aws"]),
    ("aws-sdk-s3", &["adapter-aws"]),
    ("aws-sdk-cloudwatch", &["adapter-aws"]),
    ("aws-sdk-sqs", &["adapter-aws"]),
    ("aws-sdk-dynamodb", &["adapter-aws"]),
    ("aws-sdk-secretsmanager", &["adapter-aws"]),
    ("aws-sdk-lambda", &["adapter-aws"]),
    ("aws-smithy-runtime-api", &["adapter-aws"]),
    ("lambda_runtime", &["adapter-lambda"]),
    ("lambda_http", &["adapter-lambda"]),
    ("aws_lambda_events", &["adapter-lambda"]),
    ("rusqlite", &["adapter-local"]),
];

fn uses(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn nobody_knows_whom_it_should_not() {
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let mut broken = Vec::new();
    for package in &packages {
        let name = package.name.as_str();
        let ours_used: BTreeSet<String> = uses(package).intersection(&ours).cloned().collect();
        let allowed = |used: &str| match name {
            "shared" | "simulators" | "adapter-egress" => false,
            "cli" | "system-tests" => true,
            // Beside the components, and used by the tests alone.
            "fuzz-properties" => used != "cli" && used != "system-tests",
            adapter if adapter.starts_with("adapter-") => used == "shared" || used == "adapter-egress",
            deployable if DEPLOYABLES.contains(&deployable) => {
                used == "shared" || used.starts_with("adapter-")
            }
            other => panic!("{other} is new: say in house.rs and ARCHITECTURE.md whom it may know"),
        };
        broken
            .extend(ours_used.iter().filter(|used| !allowed(used)).map(|used| format!("{name} uses {used}")));
    }
    assert!(broken.is_empty(), "direction rules of ARCHITECTURE.md are broken: {broken:?}");
}

#[test]
fn every_vendor_is_known_at_its_own_edge_only() {
    let mut broken = Vec::new();
    for package in packages() {
        for (vendor, allowed) in VENDORS {
            if uses(&package).contains(vendor) && !allowed.contains(&package.name.as_str()) {
                broken.push(format!("{} uses {vendor}", package.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

pub(super) fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in packages() {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        collect(folder.as_std_path(), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "fixtures" {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root()).expect("inside the workspace").display().to_string();
            if !found.iter().any(|(known, _)| *known == relative) {
                found.push((relative, fs::read_to_string(&path).expect("readable source")));
            }
        }
    }
}

#[test]
fn the_domain_knows_nothing_and_the_ports_know_only_the_domain() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let forbidden: &[&str] = if path.starts_with("shared/src/domain") {
            &["crate::ports", "crate::use_cases", "crate::repositories", "crate::jobs", "crate::config"]
        } else if path.starts_with("shared/src/ports") {
            &["crate::use_cases", "crate::repositories"]
        } else if path.starts_with("shared/src/repositories") {
            &["crate::use_cases"]
        } else {
            &[]
        };
        broken.extend(
            forbidden.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")),
        );
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn a_scope_is_made_by_the_authoriser_and_of_a_looked_up_customer_only() {
    const MAKERS: [(&str, &[&str]); 3] = [
        ("TenantScope::of_signed_in(", &["shared/src/use_cases/sign_in.rs"]),
        (
            "TenantScope::of_verified_key(",
            &["shared/src/use_cases/authorise", "shared/src/domain/object_key.rs"],
        ),
        (
            "TenantScope::of_customer(",
            &[
                "shared/src/domain/note.rs",
                // Of a caller who was looked up by his number or his PIN.
                "shared/src/domain/call.rs",
                "shared/src/jobs.rs",
                "shared/src/testing",
                "shared/src/repositories",
                "cli/src",
            ],
        ),
    ];
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        let production = production.split("#[cfg(all(test,").next().unwrap_or_default();
        for (maker, allowed) in MAKERS {
            let is_test = path.starts_with("tests/")
                || path.starts_with("fuzz/")
                || ["/tests", "/examples/"].iter().any(|part| path.contains(part));
            let known = allowed.iter().any(|prefix| path.starts_with(prefix)) || is_test;
            if production.contains(maker) && !known {
                broken.push(format!("{path}: {maker}..)"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn every_file_says_what_it_is_for_and_stays_small() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//!") {
            broken.push(format!("{path} does not begin with //!"));
        }
        if path.ends_with("/mod.rs") || path.ends_with("utils.rs") || path.ends_with("helpers.rs") {
            broken.push(format!("{path} has a name that says nothing"));
        }
        let lines = text.split("#[cfg(test)]").next().unwrap_or_default().lines().count();
        if lines > 400 && !path.contains("tests") {
            broken.push(format!("{path} has {lines} lines without its tests"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_main_only_wires() {
    for name in DEPLOYABLES {
        let text = fs::read_to_string(root().join(name).join("src/main.rs")).expect("a main.rs");
        assert!(text.lines().count() <= 40, "{name}/src/main.rs has more than 40 lines");
    }
}

#[test]
fn the_documents_name_only_what_exists() {
    let mut missing = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/RUNBOOK.md"] {
        let text = fs::read_to_string(root().join(document)).expect("the document exists");
        for named in text.split('`').skip(1).step_by(2).filter(|named| is_path(named)) {
            let path = named.split(['#', ':']).next().unwrap_or_default();
            if !root().join(path).exists() {
                missing.push(format!("{document}: {named}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A quoted word that is meant as a path of this repository: it has a slash and begins with one of its folders.
fn is_path(word: &str) -> bool {
    const TOP: [&str; 15] = [
        "shared/",
        "adapters/",
        "webhook-handler/",
        "voice-parser/",
        "customer-lookup/",
        "data-api/",
        "scheduler/",
        "panel/",
        "cli/",
        "simulators/",
        "tests/",
        "fuzz/",
        "docs/",
        ".ci/",
        "infrastructure/",
    ];
    TOP.iter().any(|top| word.starts_with(top)) && !word.contains(['*', '{', ' ', '<'])
}
