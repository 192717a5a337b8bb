//! A stack that is not there is told in a sentence that says what to do. Needs no stack.

use std::path::{Path, PathBuf};

use system_tests::stack::{NoStack, Stack};
use tempfile::TempDir;

const WHOLE: &str = "# Written by the deployment.\n\nHARK_ENV=local\nWEBHOOK_URL=http://127.0.0.1:4566/a?b=c\n\
    DATA_API_URL=http://127.0.0.1:4566/d\nPANEL_URL=http://panel.localhost:4566/panel\nDATA_BUCKET=files\n\
    TABLE_NAME=items\nQUEUE_URL=http://127.0.0.1:4566/q\n\
    DEAD_LETTER_QUEUE_URL=http://127.0.0.1:4566/dead\nTWILIO_ACCOUNT_SID=AC0\nTWILIO_AUTH_TOKEN=t\n\
    TWILIO_WHATSAPP_NUMBER=+14155238886\nAWS_ENDPOINT_URL=http://127.0.0.1:4566\n\
    HARK_SIM_URL=http://127.0.0.1:8090\n";

fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stack.env");
    std::fs::write(&file, text).expect("a file");
    (folder, file)
}

fn refused(text: &str) -> NoStack {
    let (_folder, file) = written(text);
    Stack::read(Some(&file), |_| None).err().expect("no stack")
}

#[test]
fn a_stack_is_what_its_deployment_wrote_and_the_environment_goes_before_it() {
    let (_folder, file) = written(WHOLE);
    let stack = Stack::read(Some(&file), |name| (name == "TABLE_NAME").then(|| "another".to_owned()))
        .expect("a stack");
    assert!(stack.is_local());
    assert_eq!(stack.get("WEBHOOK_URL"), "http://127.0.0.1:4566/a?b=c");
    assert_eq!(stack.get("TABLE_NAME"), "another");
    assert_eq!(stack.get("AWS_REGION"), "eu-central-1");
    assert_eq!(stack.aws().config().endpoint_url(), Some("http://127.0.0.1:4566"));
}

#[test]
fn an_account_gets_no_credentials_of_the_stand_in() {
    let (_folder, file) = written(&WHOLE.replace("HARK_ENV=local", "HARK_ENV=dev"));
    let stack = Stack::read(Some(&file), |_| None).expect("a stack");
    assert!(!stack.is_local());
    assert_eq!(stack.settings().optional("AWS_ACCESS_KEY_ID"), None);
    assert_eq!(stack.optional("AWS_REGION"), None);
}

#[test]
fn the_stand_in_gets_no_credentials_of_an_account() {
    let (_folder, file) = written(WHOLE);
    let stack =
        Stack::read(Some(&file), |name| name.starts_with("AWS_").then(|| "https://aws.example".to_owned()))
            .expect("a stack");
    assert_eq!(stack.get("AWS_SECRET_ACCESS_KEY"), "test");
    assert_eq!(stack.optional("AWS_SESSION_TOKEN"), None);
}

#[test]
fn a_missing_stack_says_how_to_get_one_and_names_all_that_is_missing() {
    let none =
        Stack::read(Some(Path::new("/nowhere/stack.env")), |_| None).err().expect("no stack").to_string();
    assert!(none.contains("/nowhere/stack.env") && none.contains("make dev-stack"), "{none}");

    let names = refused("HARK_ENV=local\nDATA_BUCKET=files\nTABLE_NAME=\n").to_string();
    for name in ["TABLE_NAME", "QUEUE_URL", "TWILIO_AUTH_TOKEN", "AWS_ENDPOINT_URL", "make dev-stack"] {
        assert!(names.contains(name), "{name} in {names}");
    }
    assert!(!names.contains("DATA_BUCKET"), "{names}");

    let odd = refused("HARK_ENV=local\nexport nothing\n").to_string();
    assert!(odd.contains("line 2") && odd.contains("make dev-stack"), "{odd}");
}

#[test]
fn an_account_needs_no_file_and_no_file_of_another_stack_is_taken_for_it() {
    let of_account = |name: &str| match name {
        "HARK_ENV" => Some("dev".to_owned()),
        "TWILIO_AUTH_TOKEN" | "HARK_SIM_URL" | "AWS_ENDPOINT_URL" => None,
        _ => Some("set".to_owned()),
    };
    let stack = Stack::read(None, of_account).expect("a stack");
    assert!(!stack.is_local());
    let (_folder, file) = written(WHOLE);
    let refused = Stack::read(Some(&file), of_account).err().expect("two stacks").to_string();
    assert!(refused.contains("local") && refused.contains("HARK_ENV is dev"), "{refused}");
}

#[test]
fn a_stack_in_use_is_left_alone() {
    let refused = refused(&WHOLE.replace("HARK_ENV=local", "HARK_ENV=prod"));
    assert!(matches!(refused, NoStack::Production), "{refused}");
}
