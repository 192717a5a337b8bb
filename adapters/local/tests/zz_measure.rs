use adapter_local::*;
use shared::{
    domain::{intent::Intent, object_key::*, tenant::TenantScope},
    ports::{job_queue::JobQueue, objects::*, table::*},
    testing::samples,
};
use std::{sync::Arc, time::Instant};
#[tokio::test(flavor = "multi_thread")]
async fn measure() {
    let dir = tempfile::TempDir::new_in("/work/main/target").unwrap();
    let d = DataDir::open(dir.path(), "http://x", Arc::new(SystemClock), Arc::new(SystemIds)).unwrap();
    let s = d.store();
    let t = Instant::now();
    for n in 0..100 {
        s.put(&ItemKey::new("a", n.to_string()), "{}", Condition::Always, None).await.unwrap();
    }
    println!("100 serial puts {:?}", t.elapsed());
    let t = Instant::now();
    futures::future::join_all((0..2000).map(|n| {
        let s = s.clone();
        async move {
            s.put(&ItemKey::new("b", n.to_string()), "{}", Condition::Always, None).await.unwrap();
        }
    }))
    .await;
    println!("2000 parallel puts {:?}", t.elapsed());
    let t = Instant::now();
    for n in 0..1000 {
        s.get(&ItemKey::new("b", n.to_string())).await.unwrap();
    }
    println!("1000 serial gets {:?}", t.elapsed());
    let q = d.queue();
    let t = Instant::now();
    futures::future::join_all((0..2000).map(|n| {
        let q = q.clone();
        async move {
            q.send(&samples::job(samples::message(n, "x")), std::time::Duration::ZERO).await.unwrap();
        }
    }))
    .await;
    println!("2000 parallel sends {:?}", t.elapsed());
    let t = Instant::now();
    LocalWorker::new(q)
        .work_off(shared::testing::contracts::queue::ScriptedHandler::done(), 10)
        .await
        .unwrap();
    println!("2000 worked off {:?}", t.elapsed());
    let o = d.objects();
    let f = dir.path().join("objects/demo-plumbing/other");
    std::fs::create_dir_all(&f).unwrap();
    for n in 0..100_000u32 {
        std::fs::write(f.join(format!("leak_{}_full_text.txt", samples::message_id(n))), "").unwrap();
    }
    let prefix = KeyPrefix::intent(&TenantScope::of_customer(&samples::customer()), Intent::Other);
    let t = Instant::now();
    let (mut after, mut count) = (None::<String>, 0);
    loop {
        let p = o.list(&prefix, after.as_deref(), 1000).await.unwrap();
        if after.is_none() {
            println!("first page {:?}", t.elapsed());
        }
        count += p.objects.len();
        match p.next_after {
            None => break,
            n => after = n,
        }
    }
    println!("{count} listed {:?}", t.elapsed());
    let t = Instant::now();
    for n in 0..20 {
        o.put(&ObjectKey::customers(), bytes::Bytes::from(vec![n; 100]), "").await.unwrap();
    }
    println!("20 object puts {:?}", t.elapsed());
}
