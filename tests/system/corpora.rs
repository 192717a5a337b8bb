//! What fuzzing kept is held to its properties in every run of the tests, without a fuzzer.

use std::{fs, path::PathBuf};

fn fuzz() -> PathBuf {
    super::house::root().join("fuzz")
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(fuzz().join(folder)).expect("a folder of fuzz/").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_fuzzing_kept_keeps_its_properties() {
    for (target, property) in fuzz_properties::ALL {
        let kept = names(&format!("corpus/{target}"));
        assert!(kept.len() >= 5, "{target} has nothing to begin with");
        for name in kept {
            let bytes = fs::read(fuzz().join("corpus").join(target).join(&name)).expect("a readable file");
            // The name of a file that breaks its property stands above the panic.
            println!("{target}/{name}");
            property(&bytes);
        }
    }
}

#[test]
fn every_property_is_fuzzed_and_what_is_kept_is_small() {
    let mut targets: Vec<&str> = fuzz_properties::ALL.iter().map(|(target, _)| *target).collect();
    targets.sort_unstable();
    let files: Vec<String> = targets.iter().map(|target| format!("{target}.rs")).collect();
    assert_eq!(names("fuzz_targets"), files);
    assert_eq!(names("corpus"), targets);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the targets' manifest");
    for target in targets {
        assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target} is not built");
        let kept = names(&format!("corpus/{target}"));
        assert!(kept.len() <= 50, "{target} keeps {} files", kept.len());
        for name in kept {
            let len = fs::metadata(fuzz().join("corpus").join(target).join(&name)).expect("a file").len();
            assert!(len <= 4_096, "{target}/{name} has {len} bytes");
        }
    }
}
