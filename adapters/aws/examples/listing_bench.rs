//! Prints what a page of 1,000 files costs in processor time, listing and links apart: `cargo run --profile bench
//! --package adapter-aws --features s3 --example listing_bench`; with `--json` as one JSON object. The bucket is a server
//! of this process with one fixed answer, on a thread of its own that is not counted.

use std::{fmt::Write as _, fs, io::Write, net::SocketAddr, sync::mpsc, thread, time::Duration};

use adapter_aws::{AwsBase, AwsSettings, S3Objects};
use axum::{Router, routing::get};
use shared::{
    config::Settings,
    domain::{
        intent::Intent,
        object_key::{KeyPrefix, ObjectKey},
        tenant::TenantScope,
    },
    ports::objects::{ObjectPage, ObjectRead, Presign},
    testing::samples,
};

const FILES: usize = 1_000;
/// Many, since the system counts processor time in ticks.
const ROUNDS: u64 = 300;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let scope = TenantScope::of_customer(&samples::customer());
    let prefix = KeyPrefix::intent(&scope, Intent::JobToBeDone);
    let objects = S3Objects::new(&AwsBase::new(&settings(serve(page(&prefix)?)?)?)?, "hark-bench");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The first one connects.
    let page = runtime.block_on(objects.list(&prefix, None, FILES))?;
    if page.objects.len() != FILES {
        return Err(format!("{} files", page.objects.len()).into());
    }
    let before = processor_us()?;
    for _ in 0..ROUNDS {
        runtime.block_on(objects.list(&prefix, None, FILES))?;
    }
    let listed = processor_us()?;
    for _ in 0..ROUNDS {
        runtime.block_on(sign_all(&scope, &objects, &page))?;
    }
    let (listing, links) = ((listed - before) / ROUNDS, (processor_us()? - listed) / ROUNDS);
    let mut out = std::io::stdout();
    if std::env::args().any(|argument| argument == "--json") {
        writeln!(out, r#"{{"files":{FILES},"list_us":{listing},"presign_us":{links}}}"#)?;
    } else {
        writeln!(out, "files={FILES} list_us={listing} presign_us={links}")?;
    }
    Ok(())
}

async fn sign_all(scope: &TenantScope, objects: &S3Objects, page: &ObjectPage) -> Result<(), Failure> {
    for found in &page.objects {
        let (key, _) = ObjectKey::artifact_in(scope, &found.key).ok_or("a key of no company")?;
        let what = Presign {
            expires_in: Duration::from_secs(300),
            file_name: "summary.txt".to_owned(),
            content_type: "text/plain; charset=utf-8",
        };
        std::hint::black_box(objects.presign(&key, &what).await?);
    }
    Ok(())
}

/// A page as S3 sends it (S3 API reference, "ListObjectsV2", sample response).
fn page(prefix: &KeyPrefix) -> Result<String, Failure> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>hark-bench</Name><Prefix></Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys>\
         <IsTruncated>false</IsTruncated>",
    );
    for n in 0..FILES {
        write!(
            xml,
            "<Contents><Key>{}heating-leak_SM{n:032x}_text_summary.txt</Key><LastModified>2026-11-29T06:15:00.000Z\
             </LastModified><ETag>&quot;{n:032x}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass>\
             </Contents>",
            prefix.as_str(),
            400 + n
        )?;
    }
    xml.push_str("</ListBucketResult>");
    Ok(xml)
}

fn serve(xml: String) -> Result<SocketAddr, Failure> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            if tell.send(address).is_err() {
                return Ok(());
            }
            axum::serve(listener, Router::new().fallback(get(async move || xml.clone()))).await
        })
    });
    Ok(told.recv()?)
}

fn settings(server: SocketAddr) -> Result<AwsSettings, Failure> {
    let mut settings = Settings::new(|name| match name {
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("bench".to_owned()),
        "AWS_ENDPOINT_URL" => Some(format!("http://{server}")),
        _ => None,
    });
    let read = AwsSettings::read(&mut settings);
    settings.finish()?;
    Ok(read)
}

/// What this thread has used, in microseconds (proc(5), "/proc/pid/schedstat").
fn processor_us() -> Result<u64, Failure> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split(' ').next().ok_or("no schedstat")?.parse::<u64>()? / 1_000)
}
