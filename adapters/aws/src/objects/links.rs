//! Signed addresses of files (S3, "Authenticating Requests: Using Query Parameters, AWS Signature Version 4").
//!
//! The SDK's own presigning runs a whole request's machinery for each address, 32 us; a page of 1,000 would take longer than
//! everything else that it costs. So the SDK says once where the bucket is, and what an address looks like; from then
//! on only what differs is written and signed. A test compares each with the SDK's own.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_sdk_s3::{Client, presigning::PresigningConfig};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use jiff::{Timestamp, tz::TimeZone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};
use shared::ports::objects::{ObjectError, Presign};
use tokio::sync::OnceCell;

use super::{object_error, refused};
use crate::{AwsBase, AwsFailure};

const OPERATION: &str = "PresignGetObject";
/// All but what RFC 3986 calls unreserved.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');
/// The longest that S3 signs for.
const MOST: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Signs addresses of one bucket's files.
#[derive(Debug, Clone)]
pub(super) struct Links {
    base: AwsBase,
    bucket: String,
    place: OnceCell<Place>,
    day: Arc<Mutex<Option<Day>>>,
}

/// The key of a day and of credentials: it is made in four steps, which cost as much as what is signed by it.
#[derive(Debug)]
struct Day {
    date: String,
    access_key_id: String,
    key: SecretSlice<u8>,
}

/// Where the bucket is.
#[derive(Debug, Clone)]
struct Place {
    /// Scheme and host.
    origin: String,
    host: String,
    /// What stands before a key, with the slash.
    path: String,
}

impl Links {
    pub(super) fn new(base: AwsBase, bucket: String) -> Self {
        Self { base, bucket, place: OnceCell::const_new(), day: Arc::default() }
    }

    /// The address of the file under `key`, from now on.
    pub(super) async fn sign(
        &self,
        client: &Client,
        key: &str,
        what: &Presign,
    ) -> Result<String, ObjectError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "S3 compares it with its own; the SDK signs all requests by this clock, too"
        )]
        let now = SystemTime::now();
        self.sign_at(client, key, what, now).await
    }

    pub(super) async fn sign_at(
        &self,
        client: &Client,
        key: &str,
        what: &Presign,
        now: SystemTime,
    ) -> Result<String, ObjectError> {
        if what.expires_in.is_zero() || what.expires_in > MOST {
            return Err(unsigned("not a time that S3 signs for"));
        }
        let place = self.place.get_or_try_init(|| self.look(client)).await?;
        let config = self.base.config();
        let region = config.region().ok_or_else(|| unsigned("no region"))?.as_ref();
        let provider = config.credentials_provider().ok_or_else(|| unsigned("no credentials"))?;
        let credentials = provider.provide_credentials().await.map_err(|_| unsigned("no credentials"))?;
        signed(place, key, what, &Signer { credentials: &credentials, region, now, day: &self.day })
    }

    /// The SDK knows the hosts of all regions, and which buckets cannot be a part of one.
    async fn look(&self, client: &Client) -> Result<Place, ObjectError> {
        const KEY: &str = "key";
        let how_long = PresigningConfig::expires_in(Duration::from_secs(1));
        let how_long = how_long.map_err(|_| unsigned("not a time that S3 signs for"))?;
        let request = client.get_object().bucket(&self.bucket).key(KEY).presigned(how_long).await;
        let request = request.map_err(|error| object_error(OPERATION, &error))?;
        place_of(request.uri(), KEY).ok_or_else(|| unsigned("an address of another form"))
    }
}

fn place_of(url: &str, key: &str) -> Option<Place> {
    let (address, _) = url.split_once('?')?;
    let (scheme, rest) = address.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    Some(Place {
        origin: format!("{scheme}://{host}"),
        host: host.to_owned(),
        path: format!("/{}", path.strip_suffix(key)?),
    })
}

/// Who signs, and when.
struct Signer<'a> {
    credentials: &'a Credentials,
    region: &'a str,
    now: SystemTime,
    day: &'a Mutex<Option<Day>>,
}

impl Signer<'_> {
    /// The signature of a text, on this date (`YYYYMMDD`).
    fn signature(&self, date: &str, string: &str) -> String {
        let id = self.credentials.access_key_id();
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        let known = day.take().filter(|day| day.date == date && day.access_key_id == id);
        let day = day.insert(known.unwrap_or_else(|| {
            let secret = self.credentials.secret_access_key();
            let key = generate_signing_key(secret, self.now, self.region, "s3");
            Day {
                date: date.to_owned(),
                access_key_id: id.to_owned(),
                key: SecretSlice::from(key.as_ref().to_vec()),
            }
        }));
        calculate_signature(day.key.expose_secret(), string.as_bytes())
    }
}

fn signed(place: &Place, key: &str, what: &Presign, by: &Signer<'_>) -> Result<String, ObjectError> {
    let Signer { credentials, region, now, .. } = *by;
    let time = Timestamp::try_from(now).map_err(|_| unsigned("a time beyond the calendar"))?;
    let time = time.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let date = time.get(..8).unwrap_or_default();
    let scope = format!("{date}/{region}/s3/aws4_request");
    let mut url = String::with_capacity(1_024);
    // Writing to a string cannot fail.
    let _ = write!(url, "{}{}{}", place.origin, place.path, utf8_percent_encode(key, IN_PATH));
    let query = url.len() + 1;
    // In the order of their names, as what is signed must have them.
    let _ = write!(
        url,
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F{}&X-Amz-Date={time}&X-Amz-Expires={}",
        credentials.access_key_id(),
        encoded(&scope),
        what.expires_in.as_secs(),
    );
    if let Some(token) = credentials.session_token() {
        let _ = write!(url, "&X-Amz-Security-Token={}", encoded(token));
    }
    let _ = write!(
        url,
        "&X-Amz-SignedHeaders=host&response-content-disposition=attachment%3B%20filename%3D%22{}%22\
         &response-content-type={}&x-id=GetObject",
        encoded(&what.file_name),
        encoded(what.content_type),
    );
    let canonical = Sha256::new()
        .chain_update("GET\n")
        .chain_update(url.get(place.origin.len()..query - 1).unwrap_or_default())
        .chain_update("\n")
        .chain_update(url.get(query..).unwrap_or_default())
        .chain_update("\nhost:")
        .chain_update(&place.host)
        .chain_update("\n\nhost\nUNSIGNED-PAYLOAD")
        .finalize();
    let mut digest = [0; 64];
    // 32 bytes are 64 digits.
    let _ = hex::encode_to_slice(canonical, &mut digest);
    let digest = str::from_utf8(&digest).unwrap_or_default();
    let string = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
    let _ = write!(url, "&X-Amz-Signature={}", by.signature(date, &string));
    Ok(url)
}

fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, IN_QUERY)
}

fn unsigned(why: &'static str) -> ObjectError {
    refused(AwsFailure::unexpected(OPERATION, why))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::provider::SharedCredentialsProvider;
    use proptest::prelude::*;

    use super::*;

    fn base(region: &str, token: Option<&str>, endpoint: Option<&str>) -> AwsBase {
        let credentials =
            Credentials::new("AKIAEXAMPLE", "a/secret+key", token.map(str::to_owned), None, "a test");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        config.set_endpoint_url(endpoint.map(str::to_owned));
        AwsBase::of_config(config.build())
    }

    /// The SDK's own address and ours.
    async fn both(base: &AwsBase, bucket: &str, key: &str, what: &Presign, now: SystemTime) -> [String; 2] {
        let client = crate::objects::client(base);
        let how = PresigningConfig::builder().start_time(now).expires_in(what.expires_in).build().unwrap();
        let theirs = client
            .get_object()
            .bucket(bucket)
            .key(key)
            .response_content_disposition(format!("attachment; filename=\"{}\"", what.file_name))
            .response_content_type(what.content_type)
            .presigned(how)
            .await
            .unwrap();
        let links = Links::new(base.clone(), bucket.to_owned());
        [theirs.uri().to_owned(), links.sign_at(&client, key, what, now).await.unwrap()]
    }

    /// An address and its parameters, whatever their order: the signature among them says that they are the same.
    fn parts(url: &str) -> (&str, BTreeSet<&str>) {
        let (address, query) = url.split_once('?').unwrap();
        (address, query.split('&').collect())
    }

    fn now(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn what(seconds: u64, file_name: &str) -> Presign {
        Presign {
            expires_in: Duration::from_secs(seconds),
            file_name: file_name.to_owned(),
            content_type: "text/plain; charset=utf-8",
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_address_is_the_sdks_own(
            key in "[ -.0-~äß€]{1,40}(/[ -.0-~äß€]{1,40}){0,3}", token in proptest::option::of("[A-Za-z0-9+/=]{1,80}"),
            file_name in "[ !#-~]{1,30}", seconds in 1_u64..4_000_000_000, expires_in in 1_u64..600,
        ) {
            // A segment of dots alone is none of a key's, and what the SDK does with it is its own matter.
            prop_assume!(key.split('/').all(|segment| segment.chars().any(|c| c != '.')));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let base = base("eu-central-1", token.as_deref(), None);
            let what = what(expires_in, &file_name);
            let [theirs, ours] = runtime.block_on(both(&base, "hark-data", &key, &what, now(seconds)));
            prop_assert_eq!(parts(&ours), parts(&theirs));
        }
    }

    #[tokio::test]
    async fn buckets_lie_where_the_sdk_says() {
        let key = "acme/job-to-be-done/leak_SM123456_full_text.txt";
        for (region, bucket, endpoint, begins) in [
            ("eu-central-1", "data", None, "https://data.s3.eu-central-1.amazonaws.com/acme/"),
            ("cn-north-1", "data", None, "https://data.s3.cn-north-1.amazonaws.com.cn/acme/"),
            ("us-east-1", "with.dots", None, "https://s3.us-east-1.amazonaws.com/with.dots/acme/"),
            ("us-east-1", "data", Some("http://127.0.0.1:4566"), "http://127.0.0.1:4566/data/acme/"),
        ] {
            let base = base(region, None, endpoint);
            let [theirs, ours] = both(&base, bucket, key, &what(300, "a.txt"), now(1_800_000_000)).await;
            assert!(ours.starts_with(begins), "{ours}");
            assert_eq!(parts(&ours), parts(&theirs));
        }
    }

    #[tokio::test]
    async fn nothing_is_signed_for_no_time_or_for_longer_than_a_week() {
        let base = base("eu-central-1", None, None);
        let links = Links::new(base.clone(), "data".to_owned());
        let client = crate::objects::client(&base);
        for seconds in [0, 7 * 24 * 3_600 + 1] {
            let refused = links.sign(&client, "key", &what(seconds, "a.txt")).await;
            assert!(matches!(refused, Err(ObjectError::Refused(_))));
        }
    }
}
