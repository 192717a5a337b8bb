//! What owners set up for their company: its names and words, who is known, and the language of the pages.

use axum::http::{StatusCode, header};
use bytes::Bytes;
use shared::{
    domain::{ids::CompanyId, object_key::ObjectKey, usage::Usage},
    ports::{clock::Clock, objects::ObjectWrite},
    testing::samples,
};

use crate::world::{Answer, World};

const CUSTOMERS: &str = "/panel/settings/customers";
const TWO: &str = r#"[
  {"customer_id": "P-1", "phone_number": "+4915100000001", "company_id": "demo-plumbing", "company_name": "Demo", "name": "<script>alert(1)</script>"},
  {"customer_id": "O-1", "phone_number": "+4915100000002", "company_id": "other", "company_name": "Secret & Sons", "name": "Oscar"}
]"#;

/// A form with its token.
fn form(token: &str, fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token).extend_pairs(fields).finish()
}

async fn knows(world: &World, text: &str) {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    world.files.put(&ObjectKey::customers(), bytes, "application/json").await.unwrap();
}

/// An owner, with what forms carry.
async fn owner(world: &World, name: &str) -> (String, String) {
    let cookies = world.cookies_of(name).await;
    let token = world.get("/panel/keys", &[("cookie", &cookies)]).await.token();
    (cookies, token)
}

/// The value of a hidden field.
fn hidden(page: &Answer, name: &str) -> String {
    let text = page.text();
    let after = text.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("the field");
    after.split('"').next().unwrap().to_owned()
}

/// The addresses of the people of the list.
fn people_of(list: &str) -> Vec<String> {
    let before = format!("href=\"{CUSTOMERS}/");
    let links = list.split(&before).skip(1).filter_map(|after| after.split('"').next());
    links.filter(|mark| *mark != "import").map(|mark| format!("{CUSTOMERS}/{mark}")).collect()
}

#[tokio::test]
async fn settings_are_for_owners() {
    let world = World::new().await;
    let pages =
        ["/panel/settings", "/panel/settings/glossary", CUSTOMERS, "/panel/settings/customers/import"];
    for page in pages {
        assert_eq!(world.sees("anna", page).await.status, StatusCode::OK, "{page}");
        for name in ["ben", "vera"] {
            assert_eq!(world.sees(name, page).await.status, StatusCode::FORBIDDEN, "{page}, {name}");
        }
        assert_eq!(world.get(page, &[]).await.goes_to(), "/panel/sign-in");
    }
    knows(&world, TWO).await;
    let (anna, _) = owner(&world, "anna").await;
    let person = people_of(&world.get(CUSTOMERS, &[("cookie", &anna)]).await.text()).remove(0);
    let remove = format!("{person}/remove");
    let (ben, _) = (world.cookies_of("ben").await, ());
    let token = world.filed(1, "Fix the tap").await;
    let token = world.get(&format!("/panel/notes/{token}/edit"), &[("cookie", &ben)]).await.token();
    let typed =
        [("version", "0"), ("terms", "x"), ("text", "[]"), ("customer_id", "P-9"), ("numbers", "telegram:9")];
    for path in ["/panel/settings/glossary", CUSTOMERS, "/panel/settings/customers/import", &person, &remove]
    {
        let sent = world.post(path, &ben, &form(&token, &typed)).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{path}");
        // Nor does an owner do anything that another site had him send.
        let sent = world.post(path, &anna, &form("x", &typed)).await;
        assert_eq!(sent.status, StatusCode::CONFLICT, "{path}");
    }
    assert_eq!(world.files.text("customers.json").unwrap(), TWO);
}

#[tokio::test]
async fn the_overview_leads_everywhere_and_shows_what_is_used_of_the_budgets() {
    let world = World::new().await;
    let company = CompanyId::parse(samples::COMPANY).unwrap();
    let usage = Usage { audio_seconds: 61, input_tokens: 1_000, output_tokens: 234 };
    let (id, now) = (samples::message_id(1), world.clock.now());
    world.budgets.spend(&company, &id, "hear", usage, now).await.unwrap();
    let page = world.sees("anna", "/panel/settings").await.text();
    for link in ["customers", "glossary", "prompts", "webhooks"] {
        assert!(page.contains(&format!("href=\"/panel/settings/{link}\"")), "{link}");
    }
    assert!(page.contains(samples::COMPANY) && page.contains("<td>2</td><td>600</td>"), "{page}");
    assert!(page.contains("<td>1234</td><td>2000000</td>"), "{page}");
    let others = world.sees("mallory", "/panel/settings").await.text();
    assert!(!others.contains(samples::COMPANY) && others.contains("<td>0</td><td>600</td>"), "{others}");
}

#[tokio::test]
async fn the_language_of_the_pages_is_chosen_for_a_browser() {
    let world = World::new().await;
    let (anna, token) = owner(&world, "anna").await;
    let path = "/panel/settings/language";
    let chosen = world.post(path, &anna, &form(&token, &[("language", "de")])).await;
    assert_eq!((chosen.status, chosen.goes_to()), (StatusCode::SEE_OTHER, "/panel/settings"));
    let set = chosen.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("hark_language=de; Path=/panel; ") && set.ends_with("; Secure"), "{set}");
    let cookies = format!("{anna}; {}", chosen.cookies());
    let page = world.get("/panel/settings", &[("cookie", &cookies), ("accept-language", "pl")]).await.text();
    assert!(page.contains("lang=\"de\" selected>Deutsch"), "{page}");
    assert!(page.contains("<h1>Einstellungen</h1>") && page.contains("<html lang=\"de\">"), "{page}");
    let forgotten = world.post(path, &cookies, &form(&token, &[("language", "")])).await;
    assert!(forgotten.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let strange = world.post(path, &anna, &form(&token, &[("language", "<x>")])).await;
    assert_eq!((strange.status, strange.cookies().as_str()), (StatusCode::BAD_REQUEST, ""));
}

#[tokio::test]
async fn names_and_words_are_changed_and_what_was_typed_is_never_lost() {
    let world = World::new().await;
    let (anna, token) = owner(&world, "anna").await;
    let path = "/panel/settings/glossary";
    let save = async |version: &str, terms: &str| {
        world.post(path, &anna, &form(&token, &[("version", version), ("terms", terms)])).await
    };
    let saved = save("0", "Müller \r\n\r\n<script>alert(1)</script>\r\n").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let next = saved.headers[header::LOCATION].to_str().unwrap();
    assert!(world.get(next, &[("cookie", &anna)]).await.text().contains("role=\"status\">Saved."));
    let page = world.get(path, &[("cookie", &anna)]).await;
    assert!(!page.text().contains("Saved."), "{}", page.text());
    assert!(page.text().contains("Müller\n&#60;script&#62;alert(1)"), "{}", page.text());
    assert!(!page.text().contains("<script>alert"));
    assert_eq!(hidden(&page, "version"), "1");

    let stale = save("0", "Grohe").await;
    assert!(stale.text().contains("was changed meanwhile") && stale.text().contains(">Grohe</textarea>"));
    assert_eq!(hidden(&stale, "version"), "1", "saving it once more puts it in place");
    for (terms, told) in [
        ("Grohe\ngrohe", "“grohe” stands above already"),
        ("…", "“…” needs a letter or a digit"),
        (&"x".repeat(41), "has more than 40 characters"),
        (&(0..41).map(|n| format!("T{n}\n")).collect::<String>(), "There are more than 40."),
    ] {
        let again = save("1", terms).await.text();
        assert!(again.contains(told) && again.contains("Nothing was changed."), "{terms}: {again}");
    }
    let audit = world.sees("anna", "/panel/audit").await.text();
    assert_eq!(audit.matches("changed the names and words").count(), 1);
    let others = world.sees("mallory", path).await.text();
    assert!(!others.contains("Müller"), "{others}");
    assert_eq!(save("1", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_company_sees_and_tends_its_own_people_only() {
    let world = World::new().await;
    knows(&world, TWO).await;
    let (anna, token) = owner(&world, "anna").await;
    let list = world.get(CUSTOMERS, &[("cookie", &anna)]).await.text();
    assert!(
        list.contains("P-1") && list.contains("&#60;script&#62;alert(1)") && !list.contains("<script>alert")
    );
    assert!(list.contains("A new number is known at once."), "when it takes effect");
    let import = world.get("/panel/settings/customers/import", &[("cookie", &anna)]).await.text();
    for page in [&list, &import] {
        assert!(!page.contains("Oscar") && !page.contains("Secret") && !page.contains("00000002"), "{page}");
    }
    let add = async |id: &str, number: &str| {
        let typed = [("customer_id", id), ("name", "Petra"), ("numbers", number), ("language", "pl")];
        world.post(CUSTOMERS, &anna, &form(&token, &typed)).await
    };
    for (id, number, told) in [
        ("P-2", "+4915100000002", "This number cannot be used."),
        ("P-2", "whatsapp:+4915100000001", "Another person of yours has this number."),
        ("P-1", "+4915100000005", "Another person of yours has this number or short name"),
        ("P 2", "+4915100000005", "has 1 to 64 letters"),
        ("P-2", "0151 12345", "A phone number is a plus sign"),
        ("P-2", "", "A phone number is a plus sign"),
    ] {
        let again = add(id, number).await.text();
        assert!(again.contains(told) && again.contains("value=\"Petra\""), "{id}, {number}: {again}");
        assert!(!again.contains("other") || !again.contains("Secret"), "{again}");
    }
    assert_eq!(world.files.text("customers.json").unwrap(), TWO);
    assert_eq!(add("P-2", "+4915100000005\r\ntelegram:7").await.status, StatusCode::SEE_OTHER);
    let list = world.get(CUSTOMERS, &[("cookie", &anna)]).await.text();
    assert!(list.contains("<td>+4915100000005, telegram:7</td>"), "{list}");

    let people = people_of(&list);
    let page = world.get(&people[1], &[("cookie", &anna)]).await.text();
    assert!(page.contains("value=\"Petra\"") && page.contains("value=\"pl\" lang=\"pl\" selected"), "{page}");
    let typed =
        [("customer_id", "P-2"), ("name", "Petra M."), ("numbers", "+4915100000006"), ("role", "staff")];
    let changed = world.post(&people[1], &anna, &form(&token, &typed)).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text());
    let stale = world.post(&people[1], &anna, &form(&token, &typed)).await.text();
    assert!(stale.contains("This was changed meanwhile.") && stale.contains("value=\"Petra M.\""), "{stale}");
    let taken = [("customer_id", "P-1"), ("numbers", "+4915100000002")];
    let refused = world.post(&people[0], &anna, &form(&token, &taken)).await.text();
    assert!(refused.contains("This number cannot be used."), "{refused}");

    let removed = world.post(&format!("{}/remove", people[0]), &anna, &form(&token, &[])).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    let again = world.post(&format!("{}/remove", people[0]), &anna, &form(&token, &[])).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let text = world.files.text("customers.json").unwrap();
    assert!(text.contains(TWO.lines().nth(2).unwrap()), "the other's entry stays: {text}");
    let audit = world.sees("anna", "/panel/audit").await.text();
    for told in ["added a person", "changed a person", "removed a person"] {
        assert_eq!(audit.matches(told).count(), 1, "{told}");
    }
}

/// Petra has a PIN.
const PIN: &str = r#"[
  {"company_id": "demo-plumbing", "company_name": "D", "customer_id": "P-1", "identities": ["telegram:1", "pin:471100"], "name": "Petra"},
  {"company_id": "demo-plumbing", "company_name": "D", "customer_id": "P-2", "identities": ["telegram:2"], "name": "Otto"}
]"#;

#[tokio::test]
async fn nobody_reads_a_pin_and_it_stays_where_what_stands_for_it_is_left() {
    let world = World::new().await;
    knows(&world, PIN).await;
    let (anna, token) = owner(&world, "anna").await;
    let see = async |path: &str| {
        let page = world.get(path, &[("cookie", &anna)]).await;
        assert!(!page.text().contains("471100"), "{path}: {}", page.text());
        page
    };
    let import = "/panel/settings/customers/import";
    let list = see(CUSTOMERS).await.text();
    assert!(list.contains("<td>telegram:1, pin:••••</td>"), "{list}");
    let [petra, otto] = <[String; 2]>::try_from(people_of(&list)).unwrap();
    let page = see(&petra).await.text();
    assert!(page.contains("telegram:1\npin:••••</textarea>"), "{page}");
    assert!(page.contains("A PIN is shown as pin:••••. Where that is left"), "{page}");
    let text = see(import).await.text();
    assert!(text.contains("pin:••••") && text.contains("in another entry it stands for nothing"), "{text}");

    let save = async |path: &str, id: &str, numbers: &str| {
        let typed = [("customer_id", id), ("name", "Saved"), ("numbers", numbers)];
        world.post(path, &anna, &form(&token, &typed)).await
    };
    for (path, id) in [(otto.as_str(), "P-2"), (CUSTOMERS, "P-9")] {
        let refused = save(path, id, "telegram:2\r\npin:••••").await.text();
        assert!(
            refused.contains("stands for a PIN that this person has already, and there is none"),
            "{refused}"
        );
    }
    let refused = save(&petra, "P-1", "pin:•••").await.text();
    assert!(refused.contains("A phone number is a plus sign"), "{refused}");
    let version = hidden(&see(import).await, "version");
    let text = r#"[
{"company_id": "demo-plumbing", "company_name": "D", "customer_id": "P-2", "identities": ["pin:••••"]}]"#;
    let refused =
        world.post(import, &anna, &form(&token, &[("version", &version), ("text", text)])).await.text();
    assert!(refused.contains("Line 2: <span lang=\"en\">a masked PIN stands for"), "{refused}");
    assert_eq!(world.files.text("customers.json").unwrap(), PIN);

    let saved = save(&petra, "P-1", "telegram:7\r\npin:••••").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let text = world.files.text("customers.json").unwrap();
    assert!(text.contains("telegram:7") && text.contains("pin:471100") && !text.contains('•'), "{text}");
}

#[tokio::test]
async fn nobody_touches_the_people_of_another_company() {
    let world = World::new().await;
    knows(&world, TWO).await;
    let (anna, _) = owner(&world, "anna").await;
    let hers = people_of(&world.get(CUSTOMERS, &[("cookie", &anna)]).await.text()).remove(0);
    let (mallory, token) = owner(&world, "mallory").await;
    let typed = [("customer_id", "X-1"), ("numbers", "telegram:66")];
    assert_eq!(world.get(&hers, &[("cookie", &mallory)]).await.status, StatusCode::NOT_FOUND);
    let edited = world.post(&hers, &mallory, &form(&token, &typed)).await.text();
    assert!(edited.contains("This was changed meanwhile.") && !edited.contains("P-1"), "{edited}");
    let removed = world.post(&format!("{hers}/remove"), &mallory, &form(&token, &[])).await;
    assert_eq!(removed.status, StatusCode::NOT_FOUND);
    assert_eq!(world.files.text("customers.json").unwrap(), TWO);
}

#[tokio::test]
async fn an_import_is_checked_with_its_lines_and_touches_no_other_company() {
    let world = World::new().await;
    knows(&world, TWO).await;
    let (anna, token) = owner(&world, "anna").await;
    let path = "/panel/settings/customers/import";
    let page = world.get(path, &[("cookie", &anna)]).await;
    let version = hidden(&page, "version");
    let import = async |text: &str| {
        world.post(path, &anna, &form(&token, &[("version", &version), ("text", text)])).await
    };
    let entry = |company: &str, number: &str| {
        format!(
            r#"{{"customer_id": "P-7", "phone_number": "{number}", "company_id": "{company}", "company_name": "Demo"}}"#
        )
    };
    for (text, told) in [
        ("<script>alert(1)</script>".to_owned(), "not JSON"),
        (
            format!("[\n{}]", entry("demo-plumbing", "0151")),
            "Line 2: <span lang=\"en\">phone_number: expected",
        ),
        (
            format!("[\n{}]", entry("other", "+4915100000007")),
            "Line 2: <span lang=\"en\">company_id: expected your own",
        ),
        (
            format!("[\n{}]", entry("demo-plumbing", "+4915100000002")),
            "Line 2: <span lang=\"en\">This number cannot be used.",
        ),
    ] {
        let again = import(&text).await.text();
        assert!(again.contains(told) && again.contains("Nothing was changed."), "{text}: {again}");
        assert!(!again.contains("<script>alert") && !again.contains("Secret"), "{again}");
    }
    assert_eq!(world.files.text("customers.json").unwrap(), TWO);
    let many: Vec<String> = (0..2_000).map(|n| entry("demo-plumbing", &format!("+49160{n:07}"))).collect();
    let imported = import(&format!("[{}]", many.join(",\n"))).await;
    assert_eq!(imported.status, StatusCode::SEE_OTHER, "more than other forms may hold");
    let text = world.files.text("customers.json").unwrap();
    assert!(text.contains(TWO.lines().nth(2).unwrap()) && !text.contains("P-1"));
    let stale = import("[]").await.text();
    assert!(stale.contains("This was changed meanwhile."), "{stale}");
    let audit = world.sees("anna", "/panel/audit").await.text();
    assert_eq!(audit.matches("imported the people").count(), 1);
}

#[tokio::test]
async fn entries_that_are_not_used_say_so_and_a_broken_file_is_left_to_whoever_runs_hark() {
    let world = World::new().await;
    knows(
        &world,
        r#"[{"company_id": "demo-plumbing", "customer_id": "P 1", "phone_number": "telegram:1"},
            {"company_id": "demo-plumbing", "customer_id": "P-2", "company_name": "D", "phone_number": "telegram:1"}]"#,
    )
    .await;
    let (anna, _) = owner(&world, "anna").await;
    let list = world.get(CUSTOMERS, &[("cookie", &anna)]).await.text();
    assert!(list.contains("is left out") && list.contains("a number finds nobody"), "{list}");
    let page = world.get(&people_of(&list)[0], &[("cookie", &anna)]).await.text();
    assert!(page.contains("company_name is missing"), "{page}");
    knows(&world, "[{").await;
    let broken = world.get(CUSTOMERS, &[("cookie", &anna)]).await;
    assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(broken.text().contains("The list cannot be read"));
}
