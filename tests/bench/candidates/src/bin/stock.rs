//! The webhook as one writes it first: the SDK, its HTTP client and TLS as they come, the secret read at the start, each
//! connection opened when it is needed. It makes the same calls as webhook-handler and gives the same answer.

use std::env::var;

use aws_config::BehaviorVersion;
use aws_sdk_lambda::primitives::Blob;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use lambda_http::{Body, Error, Request, RequestExt, Response, http::StatusCode, run, service_fn};
use serde_json::{Value, json};
use sha1::Sha1;

struct Function {
    lambda: aws_sdk_lambda::Client,
    sqs: aws_sdk_sqs::Client,
    token: String,
}

impl Function {
    async fn start() -> Result<Self, Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let secrets = aws_sdk_secretsmanager::Client::new(&config);
        let secret = secrets.get_secret_value().secret_id(var("TWILIO_SECRET_ID")?).send().await?;
        let secret: Value = serde_json::from_str(secret.secret_string().unwrap_or_default())?;
        Ok(Self {
            lambda: aws_sdk_lambda::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            token: secret["TWILIO_AUTH_TOKEN"].as_str().unwrap_or_default().to_owned(),
        })
    }

    async fn answer(&self, request: Request) -> Result<Response<Body>, Error> {
        let Body::Text(body) = request.body() else { return refused(StatusCode::BAD_REQUEST) };
        let mut form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        form.sort();
        let url = format!("{}{}", var("PUBLIC_BASE_URL")?, request.raw_http_path());
        if !self.is_signed(&request, &url, &form)? {
            return refused(StatusCode::FORBIDDEN);
        }
        let field = |name| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let sender = self.look_up(field("From")).await?;
        let message = json!({ "id": field("MessageSid"), "from": field("From"), "text": field("Body") });
        let job = json!({ "kind": "note_received", "v": 1, "message": message, "sender": sender });
        self.sqs.send_message().queue_url(var("QUEUE_URL")?).message_body(job.to_string()).send().await?;
        Ok(Response::builder().header("content-type", "text/xml").body("<Response/>".into())?)
    }

    fn is_signed(&self, request: &Request, url: &str, form: &[(String, String)]) -> Result<bool, Error> {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.token.as_bytes())?;
        mac.update(url.as_bytes());
        for (name, value) in form {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        let given = request.headers().get("x-twilio-signature").map_or(&b""[..], |value| value.as_bytes());
        Ok(BASE64_STANDARD.decode(given).is_ok_and(|given| mac.verify_slice(&given).is_ok()))
    }

    async fn look_up(&self, from: &str) -> Result<Value, Error> {
        let question = json!({ "phone_number": from.trim_start_matches("whatsapp:") }).to_string();
        let function = var("CUSTOMER_LOOKUP_FUNCTION")?;
        let found = self.lambda.invoke().function_name(function).payload(Blob::new(question)).send().await?;
        let answer: Value = serde_json::from_slice(found.payload().map_or(&[], |payload| payload.as_ref()))?;
        Ok(serde_json::from_str(answer["body"].as_str().unwrap_or("null"))?)
    }
}

fn refused(status: StatusCode) -> Result<Response<Body>, Error> {
    Ok(Response::builder().status(status).body(Body::Empty)?)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let function = &*Box::leak(Box::new(Function::start().await?));
    run(service_fn(move |request| function.answer(request))).await
}
