//! Deploying one component of the stand-in's stack again, from the repository's templates or from a copy of them that
//! was changed.

use std::path::{Path, PathBuf};

use system_tests::Stack;
use tempfile::TempDir;

use crate::commands::{Ended, root, run, script};

/// A folder with all templates and parameters.
pub(crate) struct Templates {
    folder: PathBuf,
    _copy: Option<TempDir>,
}

impl Templates {
    /// Those of the repository.
    fn real() -> Self {
        Self { folder: root().join("infrastructure"), _copy: None }
    }

    /// Deploys a component from the repository's templates again, after a story that changed it.
    pub(crate) async fn restore(stack: &Stack, component: &str) {
        Self::real().deploy(stack, component).await.well();
    }

    /// A copy, which ends with this.
    pub(crate) fn copied() -> Self {
        let copy = tempfile::tempdir().expect("a folder");
        for (folder, ending) in [("", "yaml"), ("parameters", "json")] {
            let to = copy.path().join(folder);
            std::fs::create_dir_all(&to).expect("a folder");
            for file in files(&root().join("infrastructure").join(folder), ending) {
                std::fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("a copy");
            }
        }
        Self { folder: copy.path().to_owned(), _copy: Some(copy) }
    }

    /// Puts `new` in place of the one `old` in a component's template.
    pub(crate) fn edit(&self, component: &str, old: &str, new: &str) {
        self.change(component, |text| {
            assert_eq!(text.matches(old).count(), 1, "{component}.yaml says {old:?} once");
            text.replace(old, new)
        });
    }

    /// Takes away a property, written in one line, of a resource.
    pub(crate) fn remove(&self, component: &str, resource: &str, property: &str) {
        self.change(component, |text| {
            let (name, property) = (format!("  {resource}:"), format!("      {property}:"));
            let mut inside = false;
            let is_kept = |line: &&str| {
                if line.starts_with("  ") && !line.starts_with("   ") {
                    inside = line.trim_end() == name;
                }
                !(inside && line.starts_with(&property))
            };
            let kept: String = text.split_inclusive('\n').filter(is_kept).collect();
            assert_eq!(
                kept.lines().count() + 1,
                text.lines().count(),
                "{resource} in {component}.yaml has one{property}"
            );
            kept
        });
    }

    fn change(&self, component: &str, change: impl FnOnce(&str) -> String) {
        assert!(self._copy.is_some(), "the repository's own templates are not changed");
        let file = self.folder.join(format!("{component}.yaml"));
        let text = std::fs::read_to_string(&file).expect("a template");
        std::fs::write(&file, change(&text)).expect("it is written");
    }

    /// Deploys a component with the values that the stack was started with.
    pub(crate) async fn deploy(&self, stack: &Stack, component: &str) -> Ended {
        let mut command = script("infrastructure/tools/deploy");
        command.args(["local", component]).arg("--templates").arg(&self.folder);
        for (parameter, name) in [
            ("StandInEndpoint", "AWS_ENDPOINT_URL"),
            ("TwilioApiBaseUrl", "TWILIO_API_BASE_URL"),
            ("OpenaiBaseUrl", "OPENAI_BASE_URL"),
        ] {
            command.arg(format!("--set={parameter}={}", stack.get(name)));
        }
        run(stack, command, "").await
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    all.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}
