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
        assert!(self._copy.is_some(), "the repository's own templates are not changed");
        let file = self.folder.join(format!("{component}.yaml"));
        let text = std::fs::read_to_string(&file).expect("a template");
        assert_eq!(text.matches(old).count(), 1, "{component}.yaml says {old:?} once");
        std::fs::write(&file, text.replace(old, new)).expect("it is written");
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
