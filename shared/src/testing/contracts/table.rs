//! What every table keeps.

use std::time::Duration;

use futures::future::join_all;

use super::fresh;
use crate::ports::{
    clock::Clock,
    table::{Condition, Item, ItemKey, MAX_ITEM_BODY_BYTES, Order, SortRange, TableError, TableStore, Write},
};

/// All promises but [`expiry`], which needs a clock.
pub async fn all(table: &dyn TableStore) {
    an_item_comes_back_as_it_was_put(table).await;
    versions_count_the_writes(table).await;
    a_write_happens_on_its_condition_only(table).await;
    a_delete_happens_on_its_condition_only(table).await;
    of_twenty_first_writers_exactly_one_wins(table).await;
    of_twenty_second_writers_exactly_one_wins(table).await;
    no_increment_is_lost(table).await;
    a_query_is_in_byte_order(table).await;
    a_query_answers_its_range(table).await;
    a_prefix_is_taken_literally(table).await;
    a_query_is_limited(table).await;
    partitions_are_apart(table).await;
    writes_together_happen_all(table).await;
    writes_together_happen_or_none(table).await;
    twenty_five_writes_go_together(table).await;
    what_is_beyond_the_limits_is_refused(table).await;
}

fn key(partition: &str, sort: &str) -> ItemKey {
    ItemKey::new(partition, sort)
}

async fn get(table: &dyn TableStore, key: &ItemKey) -> Option<Item> {
    table.get(key).await.expect("get")
}

async fn put(table: &dyn TableStore, key: &ItemKey, body: &str) -> u64 {
    table.put(key, body, Condition::Always, None).await.expect("put")
}

async fn sorts(
    table: &dyn TableStore,
    partition: &str,
    range: SortRange,
    order: Order,
    limit: usize,
) -> Vec<String> {
    let items = table.query(partition, &range, order, limit).await.expect("query");
    items.into_iter().map(|item| item.key.sort).collect()
}

fn is_conflict<T>(result: &Result<T, TableError>) -> bool {
    matches!(result, Err(TableError::Conflict))
}

/// Also a long body, and letters beyond ASCII in key and body.
pub async fn an_item_comes_back_as_it_was_put(table: &dyn TableStore) {
    let partition = fresh("p");
    assert!(get(table, &key(&partition, "absent")).await.is_none());
    let long = format!("{{\"words\":\"{}\"}}", "ü".repeat(MAX_ITEM_BODY_BYTES / 2 - 20));
    for (sort, body) in
        [("a", "{}"), ("łazienka#1", "{\"quote\":\"it's \\u0000 100 %\"}"), ("long", long.as_str())]
    {
        let key = key(&partition, sort);
        put(table, &key, body).await;
        let item = get(table, &key).await.expect("an item");
        assert!(item == Item { key, version: 1, body: body.to_owned(), expires_at: None }, "{sort}");
    }
}

/// 1 when first written, one more with each write.
pub async fn versions_count_the_writes(table: &dyn TableStore) {
    let key = key(&fresh("p"), "s");
    assert_eq!(table.put(&key, "1", Condition::Absent, None).await.expect("put"), 1);
    assert_eq!(put(table, &key, "2").await, 2);
    assert_eq!(table.put(&key, "3", Condition::Version(2), None).await.expect("put"), 3);
    let item = get(table, &key).await.expect("an item");
    assert_eq!((item.version, item.body.as_str()), (3, "3"));
}

/// Otherwise it is a conflict, and nothing is written.
pub async fn a_write_happens_on_its_condition_only(table: &dyn TableStore) {
    let key = key(&fresh("p"), "s");
    assert!(
        is_conflict(&table.put(&key, "x", Condition::Version(1), None).await),
        "nothing there has no version"
    );
    assert!(get(table, &key).await.is_none());
    put(table, &key, "first").await;
    assert!(is_conflict(&table.put(&key, "x", Condition::Absent, None).await));
    for wrong in [0, 2] {
        assert!(is_conflict(&table.put(&key, "x", Condition::Version(wrong), None).await));
    }
    let item = get(table, &key).await.expect("an item");
    assert_eq!((item.version, item.body.as_str()), (1, "first"));
}

/// Removing what is not there is success under `Always` and under `Absent`.
pub async fn a_delete_happens_on_its_condition_only(table: &dyn TableStore) {
    let key = key(&fresh("p"), "s");
    table.delete(&key, Condition::Always).await.expect("nothing there is success");
    table.delete(&key, Condition::Absent).await.expect("as asked for");
    assert!(is_conflict(&table.delete(&key, Condition::Version(1)).await));
    put(table, &key, "x").await;
    assert!(is_conflict(&table.delete(&key, Condition::Absent).await));
    assert!(is_conflict(&table.delete(&key, Condition::Version(2)).await));
    assert!(get(table, &key).await.is_some());
    table.delete(&key, Condition::Version(1)).await.expect("delete");
    assert!(get(table, &key).await.is_none());
    table.put(&key, "y", Condition::Absent, None).await.expect("free again");
}

/// A claim: 20 tasks want to be the first.
pub async fn of_twenty_first_writers_exactly_one_wins(table: &dyn TableStore) {
    exactly_one_wins(table, &key(&fresh("p"), "claim"), Condition::Absent).await;
}

/// A step: 20 tasks have read the same version.
pub async fn of_twenty_second_writers_exactly_one_wins(table: &dyn TableStore) {
    let key = key(&fresh("p"), "step");
    put(table, &key, "first").await;
    exactly_one_wins(table, &key, Condition::Version(1)).await;
}

async fn exactly_one_wins(table: &dyn TableStore, key: &ItemKey, condition: Condition) {
    let results = join_all((0..20).map(|n| async move {
        let body = format!("writer {n}");
        let result = table.put(key, &body, condition, None).await;
        assert!(result.is_ok() || is_conflict(&result), "{result:?}");
        result.is_ok().then_some(body)
    }))
    .await;
    let winners: Vec<&String> = results.iter().flatten().collect();
    let [winner] = winners.as_slice() else { panic!("{} writers won", winners.len()) };
    assert_eq!(&&get(table, key).await.expect("an item").body, winner);
}

/// Ten tasks that read, add one and write on the version they read, again on a conflict.
pub async fn no_increment_is_lost(table: &dyn TableStore) {
    let key = key(&fresh("p"), "counter");
    put(table, &key, "0").await;
    let key = &key;
    join_all((0..10).map(|_| async move {
        loop {
            let item = get(table, key).await.expect("an item");
            let next = item.body.parse::<u32>().expect("a number") + 1;
            let result = table.put(key, &next.to_string(), Condition::Version(item.version), None).await;
            if result.is_ok() {
                break;
            }
            assert!(is_conflict(&result), "{result:?}");
        }
    }))
    .await;
    let item = get(table, key).await.expect("an item");
    assert_eq!((item.body.as_str(), item.version), ("10", 11));
}

/// Upper case before lower case, accents behind.
pub async fn a_query_is_in_byte_order(table: &dyn TableStore) {
    let partition = fresh("p");
    let ordered = ["#", "1", "10", "2", "Z", "a", "a#", "a\u{10ffff}", "aa", "z", "ä", "\u{10ffff}"];
    for sort in ["z", "a", "ä", "10", "#", "a\u{10ffff}", "2", "aa", "\u{10ffff}", "Z", "1", "a#"] {
        put(table, &key(&partition, sort), "{}").await;
    }
    // Byte order: `#` (0x23) < digits < upper < lower; "aa" < "a\u{10ffff}".
    let mut expected: Vec<&str> = ordered.to_vec();
    expected.sort_unstable();
    assert_eq!(sorts(table, &partition, SortRange::All, Order::Ascending, 100).await, expected);
    expected.reverse();
    assert_eq!(sorts(table, &partition, SortRange::All, Order::Descending, 100).await, expected);
}

/// All of it, a prefix, or what is behind a key (larger than it, in either order).
pub async fn a_query_answers_its_range(table: &dyn TableStore) {
    let partition = fresh("p");
    for sort in ["note#1", "note#10", "note#2", "note", "notes", "reply#1"] {
        put(table, &key(&partition, sort), "{}").await;
    }
    let query = |range: SortRange, order| sorts(table, &partition, range, order, 100);
    let prefix = || SortRange::Prefix("note#".to_owned());
    assert_eq!(query(prefix(), Order::Ascending).await, ["note#1", "note#10", "note#2"]);
    assert_eq!(query(prefix(), Order::Descending).await, ["note#2", "note#10", "note#1"]);
    assert!(query(SortRange::Prefix("nothing".to_owned()), Order::Ascending).await.is_empty());
    let after = |sort: &str| SortRange::After(sort.to_owned());
    assert_eq!(query(after("note#10"), Order::Ascending).await, ["note#2", "notes", "reply#1"]);
    assert_eq!(query(after("note#10"), Order::Descending).await, ["reply#1", "notes", "note#2"]);
    assert_eq!(query(after("note#3"), Order::Ascending).await, ["notes", "reply#1"], "it need not exist");
    assert!(query(after("reply#1"), Order::Ascending).await.is_empty());
}

/// Signs that a query language might read are letters like others, and so are the signs next to them.
pub async fn a_prefix_is_taken_literally(table: &dyn TableStore) {
    let partition = fresh("p");
    for sort in ["a%b", "a&b", "a_b", "a`b", "a*b", "a+b", "axb", "A%b", "B", "a\u{10ffff}b"] {
        put(table, &key(&partition, sort), "{}").await;
    }
    for (prefix, found) in
        [("a%", "a%b"), ("a_", "a_b"), ("a*", "a*b"), ("A", "A%b"), ("a\u{10ffff}", "a\u{10ffff}b")]
    {
        let range = SortRange::Prefix(prefix.to_owned());
        assert_eq!(sorts(table, &partition, range, Order::Ascending, 100).await, [found], "{prefix}");
    }
}

/// To the first of its order; a full walk with `After` meets each item once.
pub async fn a_query_is_limited(table: &dyn TableStore) {
    let partition = fresh("p");
    let writes = join_all((0..30).map(|n| {
        let key = key(&partition, &format!("{n:03}"));
        async move { put(table, &key, &"x".repeat(50_000)).await }
    }))
    .await;
    assert_eq!(writes.len(), 30);
    let query = |range: SortRange, order, limit| sorts(table, &partition, range, order, limit);
    assert_eq!(query(SortRange::All, Order::Ascending, 2).await, ["000", "001"]);
    assert_eq!(query(SortRange::All, Order::Descending, 2).await, ["029", "028"]);
    // 1.5 MB of items: more than one answer of some tables. Fewer than the limit would mean the end.
    assert_eq!(query(SortRange::All, Order::Ascending, 30).await.len(), 30);
    let mut walked = query(SortRange::All, Order::Ascending, 7).await;
    while let Some(last) = walked.last().cloned() {
        let next = query(SortRange::After(last), Order::Ascending, 7).await;
        if next.is_empty() {
            break;
        }
        walked.extend(next);
    }
    assert_eq!(walked, (0..30).map(|n| format!("{n:03}")).collect::<Vec<_>>());
}

/// A partition whose name begins like another's is another.
pub async fn partitions_are_apart(table: &dyn TableStore) {
    let (one, two) = (fresh("p"), fresh("p"));
    let longer = format!("{one}-2");
    put(table, &key(&one, "s"), "one").await;
    put(table, &key(&longer, "s"), "longer").await;
    assert!(get(table, &key(&two, "s")).await.is_none());
    let items = table.query(&one, &SortRange::All, Order::Ascending, 10).await.expect("query");
    assert_eq!(items.iter().map(|item| item.body.as_str()).collect::<Vec<_>>(), ["one"]);
}

fn write(key: &ItemKey, body: &str, condition: Condition) -> Write {
    Write::Put { key: key.clone(), body: body.to_owned(), condition, expires_at: None }
}

/// Puts and deletes, over several partitions.
pub async fn writes_together_happen_all(table: &dyn TableStore) {
    let (a, b, c) = (key(&fresh("p"), "s"), key(&fresh("p"), "s"), key(&fresh("p"), "s"));
    put(table, &b, "old").await;
    put(table, &c, "old").await;
    let writes = [
        write(&a, "new", Condition::Absent),
        write(&b, "new", Condition::Version(1)),
        Write::Delete { key: c.clone(), condition: Condition::Always },
    ];
    table.write_together(&writes).await.expect("write_together");
    let read = |item: Option<Item>| item.map(|item| (item.version, item.body));
    assert_eq!(read(get(table, &a).await), Some((1, "new".to_owned())));
    assert_eq!(read(get(table, &b).await), Some((2, "new".to_owned())));
    assert_eq!(get(table, &c).await, None);
}

/// One condition that does not hold stops them all, wherever it stands.
pub async fn writes_together_happen_or_none(table: &dyn TableStore) {
    let partition = fresh("p");
    let (a, b, c) = (key(&partition, "a"), key(&partition, "b"), key(&partition, "c"));
    put(table, &b, "old").await;
    for writes in [
        [
            write(&a, "new", Condition::Absent),
            write(&b, "new", Condition::Absent),
            write(&c, "new", Condition::Always),
        ],
        [
            write(&b, "new", Condition::Version(2)),
            write(&a, "new", Condition::Absent),
            write(&c, "new", Condition::Always),
        ],
        [
            write(&a, "new", Condition::Always),
            Write::Delete { key: b.clone(), condition: Condition::Version(1) },
            Write::Delete { key: c.clone(), condition: Condition::Version(1) },
        ],
    ] {
        assert!(is_conflict(&table.write_together(&writes).await));
        let left = table.query(&partition, &SortRange::All, Order::Ascending, 10).await.expect("query");
        assert_eq!(left, [Item { key: b.clone(), version: 1, body: "old".to_owned(), expires_at: None }]);
    }
}

/// As many as the port allows.
pub async fn twenty_five_writes_go_together(table: &dyn TableStore) {
    let partition = fresh("p");
    let writes: Vec<Write> =
        (0..25).map(|n| write(&key(&partition, &format!("{n:02}")), "{}", Condition::Absent)).collect();
    table.write_together(&writes).await.expect("write_together");
    assert_eq!(sorts(table, &partition, SortRange::All, Order::Ascending, 100).await.len(), 25);
}

/// What one table does not take, none takes; nothing is written.
pub async fn what_is_beyond_the_limits_is_refused(table: &dyn TableStore) {
    let partition = fresh("p");
    let fine = key(&partition, "s");
    let too_long = "x".repeat(MAX_ITEM_BODY_BYTES + 1);
    let many: Vec<Write> =
        (0..26).map(|n| write(&key(&partition, &format!("{n:02}")), "{}", Condition::Always)).collect();
    let twice = [
        write(&fine, "1", Condition::Always),
        Write::Delete { key: fine.clone(), condition: Condition::Always },
    ];
    let results = [
        table.put(&fine, &too_long, Condition::Always, None).await.map(drop),
        table.put(&key(&partition, &"s".repeat(513)), "{}", Condition::Always, None).await.map(drop),
        table.put(&key(&partition, ""), "{}", Condition::Always, None).await.map(drop),
        table.write_together(&many).await,
        table.write_together(&twice).await,
    ];
    for (n, result) in results.iter().enumerate() {
        assert!(matches!(result, Err(TableError::Refused(_))), "{n}: {result:?}");
    }
    assert!(sorts(table, &partition, SortRange::All, Order::Ascending, 100).await.is_empty());
}

/// An item does not exist any more from its end on. For tables whose clock the test holds: `advance` moves
/// `clock`, which the table reads.
pub async fn expiry(table: &dyn TableStore, clock: &dyn Clock, advance: &(dyn Fn(Duration) + Sync)) {
    let partition = fresh("p");
    let claim = key(&partition, "claim");
    let end = clock.now() + Duration::from_secs(60);
    table.put(&claim, "first", Condition::Absent, Some(end)).await.expect("put");
    for sort in ["a", "b", "z"] {
        table.put(&key(&partition, sort), "{}", Condition::Always, Some(end)).await.expect("put");
    }
    put(table, &key(&partition, "y"), "{}").await;
    advance(Duration::from_secs(59));
    let item = get(table, &claim).await.expect("one second is left");
    assert_eq!(item.expires_at, Some(end));
    assert!(is_conflict(&table.put(&claim, "x", Condition::Absent, None).await));

    advance(Duration::from_secs(1));
    assert!(get(table, &claim).await.is_none(), "gone at its end");
    assert_eq!(
        sorts(table, &partition, SortRange::All, Order::Ascending, 1).await,
        ["y"],
        "a limit counts the living"
    );
    assert_eq!(sorts(table, &partition, SortRange::All, Order::Descending, 1).await, ["y"]);
    assert!(is_conflict(&table.put(&claim, "x", Condition::Version(1), None).await), "it has no version");
    assert!(is_conflict(&table.delete(&claim, Condition::Version(1)).await));
    table.put(&claim, "second", Condition::Absent, None).await.expect("free again");
    let item = get(table, &claim).await.expect("the second");
    assert_eq!((item.body.as_str(), item.expires_at), ("second", None));

    let put_without_end = table.put(&claim, "third", Condition::Always, None).await;
    assert!(put_without_end.is_ok());
    advance(Duration::from_secs(3_600));
    assert!(get(table, &claim).await.is_some(), "an item without end stays");
}
