//! Whose note it is, on a deployed stack, and how little the lookup may.

use serde_json::json;
use system_tests::ANNA;

use crate::{
    data_api::may,
    site::{DORA, ELECTRIC, PLUMBING, Site, a_word},
};

#[tokio::test]
async fn each_persons_note_is_filed_under_their_own_company() {
    let site = Site::open().await;
    let annas = site.says(ANNA, &format!("Please order pipes for {}.", a_word())).await;
    let doras = site.says(DORA, &format!("Please order cables for {}.", a_word())).await;
    site.filed(PLUMBING, &annas).await;
    site.filed(ELECTRIC, &doras).await;
    assert_eq!(site.files_of(ELECTRIC, &annas).await.len(), 0);
    assert_eq!(site.files_of(PLUMBING, &doras).await.len(), 0);
}

#[tokio::test]
async fn the_lookup_reads_the_directory_and_nothing_else() {
    let site = Site::open().await;
    let asked = json!([
        {"action": "s3:GetObject", "key": "customers.json"},
        {"action": "s3:GetObject", "key": "_inbox/demo-plumbing/SM0/0.ogg"},
        {"action": "s3:GetObject", "key": "demo-plumbing/other/tag_SM0_full_text.txt"},
        {"action": "s3:PutObject", "key": "customers.json"},
        {"action": "s3:DeleteObject", "key": "customers.json"},
    ]);
    assert_eq!(
        may(&site.stack, "customer-lookup", &asked).await,
        ["allowed", "denied", "denied", "denied", "denied"]
    );
}
