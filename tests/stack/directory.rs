//! Customer lookup as the other functions ask it: by invoking the deployed one.

use std::{sync::Arc, time::Duration};

use adapter_aws::{InvokedDirectory, S3Objects, testing::function_exists};
use adapter_system::SystemClock;
use customer_lookup::CachedDirectory;
use serde_json::Value;
use shared::{
    domain::{identity::Identity, object_key::ObjectKey},
    ports::{directory::CustomerDirectory, objects::ObjectRead},
};
use system_tests::Stack;

use crate::traces::until;

/// A number that is nobody's: the regulator keeps it for films (Bundesnetzagentur, "drama numbers").
const NOBODY: &str = "+4917139200001";

/// The deployed function must say what `customers.json` says, read without it.
#[tokio::test]
async fn b18_the_deployed_lookup_answers_as_the_file_says() {
    let stack = Stack::open();
    let base = stack.aws();
    let function = stack
        .optional("CUSTOMER_LOOKUP_FUNCTION")
        .unwrap_or_else(|| format!("hark-{}-customer-lookup", stack.get("HARK_ENV")));
    if !function_exists(&base, &function).await.expect("Lambda answers") {
        println!("not tested: this stack has no function {function}");
        return;
    }
    let deployed = InvokedDirectory::new(&base, &function);
    let objects = S3Objects::new(&base, stack.get("DATA_BUCKET"));
    let Some(file) = objects.get(&ObjectKey::customers()).await.expect("S3 answers") else {
        let nobody = Identity::parse(NOBODY).expect("an identity");
        assert!(deployed.find(&nobody).await.is_err(), "without a file it cannot tell");
        return;
    };
    let here = CachedDirectory::new(Arc::new(objects), Arc::new(SystemClock));
    for identity in identities(&file.bytes).into_iter().take(3).chain([NOBODY.to_owned()]) {
        let identity = Identity::parse(&identity).expect("an identity");
        let expected = here.find(&identity).await.expect("the file is known");
        // A function that just starts, or that just saw no file, cannot tell yet and says so.
        let answered = until(Duration::from_secs(30), "the function can tell", async || {
            deployed.find(&identity).await.ok()
        });
        assert!(answered.await == expected, "the function says something else than the file");
    }
}

fn identities(file: &[u8]) -> Vec<String> {
    let file: Value = serde_json::from_slice(file).expect("JSON");
    let entries = file.get("customers").unwrap_or(&file).as_array().cloned().unwrap_or_default();
    entries.iter().filter_map(|entry| entry["phone_number"].as_str()).map(str::to_owned).collect()
}
