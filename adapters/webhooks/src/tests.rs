//! The sender against real sockets on this machine.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use shared::{
    domain::webhook::Endpoint,
    testing::contracts::webhook_sender::{self, SenderUnderTest, signed},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A server for each answer; what it was sent lies in `received`.
struct OnThisMachine {
    sender: HttpWebhookSender,
    received: std::sync::Arc<Mutex<HashMap<u16, Vec<String>>>>,
}

async fn request_of(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
                return text;
            }
        }
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return text;
        }
    }
}

#[async_trait]
impl SenderUnderTest for OnThisMachine {
    fn sender(&self) -> &dyn WebhookSender {
        &self.sender
    }

    async fn receiver(&self, status: u16, headers: &[(&str, &str)]) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let answer =
            format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: 0\r\n\r\n");
        let received = self.received.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = request_of(&mut stream).await;
                received.lock().unwrap().entry(port).or_default().push(request);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Endpoint::parse(&format!("http://127.0.0.1:{port}/hooks?a=b"), Loopback::Allowed).unwrap()
    }

    async fn nobody(&self) -> Endpoint {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        Endpoint::parse(&format!("http://127.0.0.1:{port}/"), Loopback::Allowed).unwrap()
    }

    fn received(&self, at: &Endpoint) -> Vec<String> {
        let port = at.url().port().unwrap();
        let all = self.received.lock().unwrap();
        let bodies = all.get(&port).into_iter().flatten();
        bodies.map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
    }
}

fn on_this_machine() -> OnThisMachine {
    OnThisMachine {
        sender: HttpWebhookSender::new(Loopback::Allowed).unwrap(),
        received: std::sync::Arc::default(),
    }
}

#[tokio::test]
async fn the_sender_over_http_keeps_the_contract() {
    webhook_sender::all(&on_this_machine()).await;
}

#[tokio::test]
async fn a_message_carries_the_headers_of_standard_webhooks_and_nothing_of_ours() {
    let here = on_this_machine();
    let at = here.receiver(200, &[]).await;
    let request = signed(&at, 7);
    here.sender.post(&request, Duration::from_secs(15)).await.unwrap();
    let sent = here.received.lock().unwrap().values().next().unwrap()[0].to_lowercase();
    assert!(sent.starts_with("post /hooks?a=b http/1.1\r\n"), "{sent}");
    for header in [
        format!("\r\nwebhook-id: {}\r\n", request.id()),
        format!("\r\nwebhook-timestamp: {}\r\n", request.timestamp()),
        format!("\r\nwebhook-signature: {}\r\n", request.signature()).to_lowercase(),
        "\r\ncontent-type: application/json\r\n".to_owned(),
        "\r\nuser-agent: hark/".to_owned(),
    ] {
        assert!(sent.contains(&header), "{header} in {sent}");
    }
    for header in ["\r\nauthorization:", "\r\ncookie:", "\r\naccept-encoding:", "\r\nreferer:"] {
        assert!(!sent.contains(header), "{sent}");
    }
}

#[tokio::test]
async fn c03_an_inner_address_is_refused_before_anything_is_sent() {
    let outside = HttpWebhookSender::new(Loopback::Refused).unwrap();
    let here = on_this_machine();
    let listening = here.receiver(200, &[]).await;
    let port = listening.url().port().unwrap();
    for inner in [
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://[fd00:ec2::254]/".to_owned(),
        "https://[::ffff:169.254.169.254]/".to_owned(),
        "https://2130706433/".to_owned(),
        format!("http://127.0.0.1:{port}/"),
        // A name that resolves to one: the system's resolver knows it without a network.
        format!("http://localhost:{port}/"),
    ] {
        // As one that was stored when it was allowed.
        let at = Endpoint::try_from(inner.clone()).unwrap();
        let answer = outside.post(&signed(&at, 1), Duration::from_secs(15)).await;
        assert_eq!(answer, Err(SendFailure::InnerAddress), "{inner}");
    }
    assert!(here.received(&listening).is_empty());
    for inner in ["https://169.254.169.254/", "https://10.0.0.1/", "https://0.0.0.0/"] {
        let at = Endpoint::try_from(inner.to_owned()).unwrap();
        let answer = here.sender.post(&signed(&at, 1), Duration::from_secs(15)).await;
        assert_eq!(answer, Err(SendFailure::InnerAddress), "{inner}, where loopback is allowed");
    }
}

#[tokio::test]
async fn who_does_not_answer_in_time_or_breaks_off_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/", listener.local_addr().unwrap());
    let at = Endpoint::parse(&at, Loopback::Allowed).unwrap();
    let sender = on_this_machine().sender;
    // It takes the connection into its backlog and says nothing.
    let answer = sender.post(&signed(&at, 1), Duration::from_millis(50)).await;
    assert_eq!(answer, Err(SendFailure::TimedOut));
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            request_of(&mut stream).await;
            // Those that gave up before may be first.
            drop(stream.write_all(b"no HTTP\r\n\r\n").await);
        }
    });
    let answer = sender.post(&signed(&at, 1), Duration::from_secs(15)).await;
    assert_eq!(answer, Err(SendFailure::Broken));
    server.abort();
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/", listener.local_addr().unwrap());
    let at = Endpoint::parse(&at, Loopback::Allowed).unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request_of(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let sender = on_this_machine().sender;
    let answer = sender.post(&signed(&at, 1), Duration::from_secs(15)).await;
    assert_eq!(answer, Ok(Received { status: 200, retry_after: None }));
    // It ends since nobody listens any more.
    server.await.unwrap();
}
