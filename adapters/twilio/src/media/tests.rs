//! Downloads from servers on this machine, the good and the hostile.

use std::sync::Mutex;

use adapter_egress::{AddressPolicy, Egress};
use axum::body::Body;
use shared::domain::private::Private;

use super::*;
use crate::stub::{self, Stub, our_credentials, status, with};

const MEDIA: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001\
    /Messages/MM0000000000000000000000000000000a/Media/ME0000000000000000000000000000000b";

/// Lets no time pass, and remembers how much it should have been.
#[derive(Default)]
struct NoPause(Mutex<Vec<u64>>);

#[async_trait]
impl Pause for NoPause {
    async fn pause(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration.as_secs());
    }
}

fn media(url: &str) -> MediaRef {
    MediaRef { url: Private::new(url.to_owned()), content_type: "audio/ogg".to_owned() }
}

/// Fetches the media file from a stub and tells the waits.
async fn fetch(stub: &Stub) -> (Result<Bytes, FetchError>, Vec<u64>) {
    fetch_with(TwilioMedia::new(stub.api(&[])), &stub.base).await
}

async fn fetch_with(mut source: TwilioMedia, base: &str) -> (Result<Bytes, FetchError>, Vec<u64>) {
    let pause = Arc::new(NoPause::default());
    source.pause = pause.clone();
    let fetched = source.fetch(&media(&format!("{base}{MEDIA}"))).await;
    let waits = pause.0.lock().unwrap().clone();
    (fetched, waits)
}

/// A stub that redirects the media file to a place and answers everything else with `ok`.
async fn redirecting(location: String) -> Stub {
    Stub::start(move |asked, _| {
        Some(match asked.target.as_str() {
            MEDIA => with(307, &[("location", &location), ("set-cookie", "a=b")], ""),
            _ => with(200, &[], "ok"),
        })
    })
    .await
}

fn after(seconds: u64) -> Result<Bytes, FetchError> {
    Err(FetchError::Unavailable { after: Duration::from_secs(seconds) })
}

#[tokio::test]
async fn c01_no_connection_is_made_to_a_place_that_is_not_ours() {
    let (api, other) =
        (Stub::start(|_, _| Some(status(200))).await, Stub::start(|_, _| Some(status(200))).await);
    let source = TwilioMedia::new(api.api(&[]));
    let authority = api.base.trim_start_matches("http://");
    let elsewhere = other.base.trim_start_matches("http://");
    for url in [
        format!("{}{MEDIA}", other.base),
        format!("http://{authority}@{elsewhere}{MEDIA}"),
        format!("http://{elsewhere}#{authority}{MEDIA}"),
        format!("http://{elsewhere}\\@{authority}{MEDIA}"),
        format!("http://user:pass@{authority}{MEDIA}"),
        format!("http:\\\\{authority}{}", MEDIA.replace('/', "\\")),
        format!("//{authority}{MEDIA}"),
        format!("https://{authority}{MEDIA}"),
        format!("file://{authority}{MEDIA}"),
        format!("gopher://{authority}{MEDIA}"),
        format!("{}{MEDIA}?x=1", api.base),
        format!("{}/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json", api.base),
        format!("https://evil.example{MEDIA}"),
        format!("https://api.twilio.com{MEDIA}"),
    ] {
        let refused = source.fetch(&media(&url)).await;
        assert!(matches!(refused, Err(FetchError::Forbidden(_))), "{url}: {refused:?}");
    }
    assert!(api.asked().is_empty() && other.asked().is_empty());
}

#[tokio::test]
async fn c05_the_redirect_is_followed_without_anything_of_ours() {
    let cdn = Stub::start(|_, _| Some(with(200, &[("content-type", "audio/ogg")], "OggS..."))).await;
    let target = "/AC1/abc?X-Amz-Expires=1&X-Amz-Signature=a%2Fb~c";
    let api = redirecting(format!("{}{target}", cdn.base)).await;
    assert_eq!(fetch(&api).await.0.unwrap().as_ref(), b"OggS...");
    assert_eq!(api.asked().len(), 1);
    assert_eq!(api.asked()[0].authorization(), Some(our_credentials().as_str()));
    let asked = &cdn.asked()[0];
    assert_eq!(asked.target, target);
    for header in ["authorization", "cookie", "referer", "accept-encoding"] {
        assert!(!asked.headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn l_a_redirect_back_to_the_api_gets_no_credentials() {
    let api = redirecting("/elsewhere".to_owned()).await;
    assert_eq!(fetch(&api).await.0.unwrap().as_ref(), b"ok");
    assert_eq!(api.asked()[1].target, "/elsewhere");
    assert_eq!(api.asked()[1].authorization(), None);
}

#[tokio::test]
async fn c03_a_redirect_to_the_inside_is_not_followed() {
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[fd00:ec2::254]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://10.0.0.1/",
        "https://evil.example/",
        "http://mms.twiliocdn.com/",
        "file:///etc/passwd",
        "//evil.example/",
        "https://mms.twiliocdn.com\\@evil.example/",
        "",
    ] {
        let api = redirecting(location.to_owned()).await;
        let (refused, _) = fetch(&api).await;
        // An empty location is the same page again, for ever.
        assert!(matches!(refused, Err(FetchError::Forbidden(_))), "{location}: {refused:?}");
    }
}

#[tokio::test]
async fn c04_an_allowed_name_that_resolves_inside_is_refused_when_dialled() {
    let cdn = Stub::start(|_, _| Some(with(200, &[], "inside"))).await;
    let api = redirecting(cdn.base.replace("127.0.0.1", "localhost")).await;
    let mut source = TwilioMedia::new(api.api(&[]));
    source.download.cdn = Egress::new(AddressPolicy::PublicOnly).unwrap();
    let (refused, _) = fetch_with(source, &api.base).await;
    assert_eq!(refused, Err(FetchError::Forbidden("not a public address")));
    assert!(cdn.asked().is_empty());
}

#[tokio::test]
async fn at_most_three_redirects_are_followed() {
    for (redirects, fetched) in
        [(3, Ok(Bytes::from_static(b"ok"))), (4, Err(FetchError::Forbidden("too many redirects")))]
    {
        let api = Stub::start(move |_, before| {
            Some(if before < redirects {
                with(302, &[("location", "/next")], "")
            } else {
                with(200, &[], "ok")
            })
        })
        .await;
        assert_eq!(fetch(&api).await.0, fetched);
    }
}

#[tokio::test]
async fn c07_what_is_not_yet_there_is_asked_for_again_with_credentials() {
    for (missing, fetched, waited, asked) in [
        (1, Ok(Bytes::from_static(b"ok")), vec![1], 2),
        (2, Ok(Bytes::from_static(b"ok")), vec![1, 3], 3),
        (9, after(30), vec![1, 3], 3),
    ] {
        let api = Stub::start(move |_, before| {
            Some(if before < missing { status(404) } else { with(200, &[], "ok") })
        })
        .await;
        let (result, waits) = fetch(&api).await;
        assert_eq!((result, waits, api.asked().len()), (fetched, waited, asked));
        assert!(api.asked().iter().all(|asked| asked.authorization() == Some(our_credentials().as_str())));
    }
}

#[tokio::test]
async fn c07_every_other_answer_has_its_meaning() {
    for (code, headers, meaning) in [
        (401, &[][..], Err(FetchError::Unauthorised)),
        (403, &[], Err(FetchError::Unauthorised)),
        (410, &[], Err(FetchError::Gone)),
        (429, &[("retry-after", "7")], after(7)),
        (429, &[], after(10)),
        (500, &[], after(10)),
        (503, &[], after(10)),
        (400, &[], after(10)),
        (302, &[], Err(FetchError::Forbidden("redirect to no URL"))),
    ] {
        let api = Stub::start(move |_, _| Some(with(code, headers, "CANARY"))).await;
        let (result, waits) = fetch(&api).await;
        assert_eq!(result, meaning, "{code}");
        assert!(waits.is_empty());
        assert_eq!(api.asked().len(), 1);
    }
}

#[tokio::test]
async fn c07_the_cdn_refuses_what_has_run_out_and_that_is_not_our_credentials() {
    let cdn = Stub::start(|_, _| Some(status(403))).await;
    let api = redirecting(format!("{}/x", cdn.base)).await;
    assert_eq!(fetch(&api).await.0, after(10));
}

#[tokio::test]
async fn c09_packed_bodies_are_kept_as_they_came() {
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        let packed: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03bomb";
        let api = Stub::start(move |_, _| Some(with(200, &[("content-encoding", encoding)], packed))).await;
        assert_eq!(fetch(&api).await.0.unwrap().as_ref(), packed);
    }
}

#[tokio::test]
async fn c12_sixteen_mebibytes_and_one_are_too_much_whether_told_or_not() {
    const LIMIT: usize = 16 * 1024 * 1024;
    let too_large = Err(FetchError::TooLarge { limit: LIMIT as u64 });
    for told in [true, false] {
        for (size, fits) in [(LIMIT, true), (LIMIT + 1, false)] {
            let api = Stub::start(move |_, _| {
                let chunks = (0..size.div_ceil(65_536)).map(move |n| 65_536.min(size - n * 65_536));
                let chunks = chunks.map(|length| Ok::<_, std::io::Error>(Bytes::from(vec![7; length])));
                let stream = Body::from_stream(futures::stream::iter(chunks));
                let length = size.to_string();
                Some(if told {
                    with(200, &[("content-length", &length)], stream)
                } else {
                    with(200, &[], stream)
                })
            })
            .await;
            let (fetched, _) = fetch(&api).await;
            if fits {
                assert_eq!(fetched.unwrap().len(), size);
            } else {
                assert_eq!(fetched, too_large);
            }
        }
    }
}

#[tokio::test]
async fn c12_what_is_announced_as_too_large_is_not_waited_for() {
    let api = Stub::start(|_, _| {
        let nothing = futures::stream::pending::<std::io::Result<Bytes>>();
        Some(with(200, &[("content-length", "16777217")], Body::from_stream(nothing)))
    })
    .await;
    assert_eq!(fetch(&api).await.0, Err(FetchError::TooLarge { limit: 16_777_216 }));
}

#[tokio::test]
async fn a_length_is_advice_and_a_cut_body_is_no_file() {
    let api = Stub::start(|_, _| {
        let chunks = [Ok("OggS"), Err(std::io::Error::other("cut"))];
        Some(with(200, &[("content-length", "100")], Body::from_stream(futures::stream::iter(chunks))))
    })
    .await;
    assert_eq!(fetch(&api).await.0, after(10));
}

#[tokio::test]
async fn a_server_that_says_nothing_or_never_ends_is_left() {
    let short = Duration::from_millis(30);
    let silent = Stub::start(|_, _| None).await;
    let limits = Limits { first_byte: short, ..Limits::default() };
    let source = TwilioMedia::new(silent.api(&[])).with_limits(limits);
    assert_eq!(fetch_with(source, &silent.base).await.0, after(10));

    let endless = Stub::start(|_, _| {
        use futures::StreamExt;
        let first = futures::stream::iter([Ok::<_, std::io::Error>("OggS")]);
        Some(with(200, &[], Body::from_stream(first.chain(futures::stream::pending()))))
    })
    .await;
    let limits = Limits { whole: short, ..Limits::default() };
    let source = TwilioMedia::new(endless.api(&[])).with_limits(limits);
    assert_eq!(fetch_with(source, &endless.base).await.0, after(10));
}

#[tokio::test]
async fn g02_no_error_holds_a_url_or_a_secret() {
    // Nobody listens there.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let base = format!("http://127.0.0.1:{port}");
    let api = stub::api(&base, &[]);
    let (error, _) = fetch_with(TwilioMedia::new(api.clone()), &base).await;
    let shown = format!("{:?} {} {api:?}", error, error.clone().unwrap_err());
    for secret in ["CANARY", "AC000", "http", "127.0.0.1", "ME000"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
