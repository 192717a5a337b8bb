//! The client against real sockets on this machine.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr},
    sync::Mutex,
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// Answers names with one list of addresses after the other, the last one for ever.
struct ScriptedLookup(Mutex<VecDeque<Vec<IpAddr>>>);

impl Lookup for ScriptedLookup {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

fn scripted(policy: AddressPolicy, answers: &[&[&str]]) -> Egress {
    let answers = answers.iter().map(|list| list.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
    Egress::with_lookup(policy, Arc::new(ScriptedLookup(Mutex::new(answers)))).unwrap()
}

/// A server that answers every connection with the given bytes and hands the requests back.
async fn serve(
    answer: &'static str,
    connections: usize,
) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = tokio::spawn(async move {
        let mut requests = Vec::new();
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            requests.push(String::from_utf8(request).unwrap());
        }
        requests
    });
    (address, requests)
}

#[tokio::test]
async fn c03_a_literal_that_is_not_public_is_refused_before_any_request() {
    let egress = Egress::new(AddressPolicy::PublicOnly).unwrap();
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "data:text/plain,x",
    ] {
        let refused = egress.request(Method::GET, Url::parse(url).unwrap());
        assert!(matches!(refused, Err(ForbiddenAddress)), "{url}");
    }
}

#[tokio::test]
async fn c04_a_name_that_resolves_inside_is_refused_when_dialled() {
    let egress = Egress::new(AddressPolicy::PublicOnly).unwrap();
    let (address, requests) = serve("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 1).await;
    // The system's own resolver knows this name without a network.
    let url = Url::parse(&format!("http://localhost:{}/", address.port())).unwrap();
    let error = egress.request(Method::GET, url).unwrap().send().await.unwrap_err();
    assert!(was_forbidden(&error), "{error:?}");
    requests.abort();
    assert!(requests.await.unwrap_err().is_cancelled(), "nobody connected");
}

/// Whether or not the system's resolver knows such names.
#[tokio::test]
async fn a_name_below_localhost_is_this_machine() {
    let (address, requests) = serve("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 1).await;
    let url = Url::parse(&format!("http://panel.localhost:{}/", address.port())).unwrap();
    let public = Egress::new(AddressPolicy::PublicOnly).unwrap();
    let error = public.request(Method::GET, url.clone()).unwrap().send().await.unwrap_err();
    assert!(was_forbidden(&error), "{error:?}");
    let own = Egress::new(AddressPolicy::LoopbackAllowed).unwrap();
    assert!(own.request(Method::GET, url).unwrap().send().await.is_ok());
    assert_eq!(requests.await.unwrap().len(), 1);
}

#[tokio::test]
async fn c04_rebinding_between_two_requests_gains_nothing() {
    let (address, requests) =
        serve("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", 1).await;
    let egress = scripted(AddressPolicy::LoopbackAllowed, &[&["127.0.0.1"], &["169.254.169.254"]]);
    let url = Url::parse(&format!("http://media.example:{}/", address.port())).unwrap();
    assert!(egress.request(Method::GET, url.clone()).unwrap().send().await.is_ok());
    let error = egress.request(Method::GET, url).unwrap().send().await.unwrap_err();
    assert!(was_forbidden(&error), "{error:?}");
    assert_eq!(requests.await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_several_addresses_only_allowed_ones_are_dialled() {
    let (address, requests) = serve("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 1).await;
    let egress = scripted(AddressPolicy::LoopbackAllowed, &[&["10.0.0.1", "64:ff9b::a00:1", "127.0.0.1"]]);
    let url = Url::parse(&format!("http://media.example:{}/", address.port())).unwrap();
    assert!(egress.request(Method::GET, url).unwrap().send().await.is_ok());
    assert_eq!(requests.await.unwrap().len(), 1);
}

#[tokio::test]
async fn c09_redirects_cookies_and_packed_bodies_are_left_to_the_caller() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\nset-cookie: a=b\r\n\
                  content-encoding: gzip\r\nconnection: close\r\ncontent-length: 3\r\n\r\n\x1f\x0b!";
    let (address, requests) = serve(answer, 2).await;
    let egress = Egress::new(AddressPolicy::LoopbackAllowed).unwrap();
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    for _ in 0..2 {
        let response = egress.request(Method::GET, url.clone()).unwrap().send().await.unwrap();
        assert_eq!(response.status(), 302);
        assert_eq!(response.bytes().await.unwrap().as_ref(), b"\x1f\x0b!");
    }
    for request in requests.await.unwrap() {
        let request = request.to_ascii_lowercase();
        for header in ["cookie:", "referer:", "accept-encoding:", "authorization:"] {
            assert!(!request.contains(header), "{request}");
        }
    }
}

#[tokio::test]
async fn g02_an_error_is_shown_without_its_url_once_stripped() {
    // A port that was free a moment ago: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let egress = Egress::new(AddressPolicy::LoopbackAllowed).unwrap();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/CANARY?key=CANARY")).unwrap();
    let error = egress.request(Method::GET, url).unwrap().send().await.unwrap_err();
    assert!(error.is_connect());
    assert!(!was_forbidden(&error));
    let error = error.without_url();
    assert!(!format!("{error} {error:?}").contains("CANARY"));
    assert!(!format!("{egress:?}").contains("http"));
}

#[tokio::test]
async fn what_is_opened_ahead_is_what_the_next_request_uses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
    let server = tokio::spawn(async move {
        // One connection, and no other is ever accepted.
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = String::new();
        for answer in ["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"] {
            let mut request = Vec::new();
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            seen.push_str(&String::from_utf8(request).unwrap());
        }
        seen
    });
    let egress = Egress::new(AddressPolicy::LoopbackAllowed).unwrap();
    egress.warm_up(&url).await.unwrap();
    let answer = egress.request(Method::GET, url).unwrap().send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
    let seen = server.await.unwrap();
    assert!(seen.starts_with("HEAD /v1 HTTP/1.1\r\n") && seen.contains("GET /v1 HTTP/1.1\r\n"), "{seen}");
    assert!(!seen.to_lowercase().contains("authorization"), "{seen}");
}

#[tokio::test]
async fn nothing_is_opened_ahead_where_nothing_may_be_dialled() {
    let egress = Egress::new(AddressPolicy::PublicOnly).unwrap();
    let refused = egress.warm_up(&Url::parse("http://169.254.169.254/").unwrap()).await;
    assert!(matches!(refused, Err(NotOpened::Forbidden(ForbiddenAddress))));
    let refused = egress.warm_up(&Url::parse("http://localhost:1/").unwrap()).await;
    let Err(NotOpened::NoAnswer(error)) = refused else { panic!("opened") };
    assert!(was_forbidden(&error), "{error:?}");
}
