//! The face of the Lambda function, as today's callers know it: `{"phone_number": "..."}` in,
//! `{"statusCode": 200, "body": "{...}"}` out.

use serde_json::{Value, json};
use shared::{domain::identity::Identity, ports::directory::CustomerDirectory};
use tracing::error;

use crate::directory::CachedDirectory;

impl CachedDirectory {
    /// Answers an invocation. `phone_number` may be any identity (`+E.164`, with or without `whatsapp:`,
    /// `CC.id`, `telegram:id`). Status 200 with the customer as the body's JSON: `customer_id`,
    /// `company_id`, `company_name`, and those of `name`, `language`, `role`, `trade`, `glossary` that are
    /// known; 404 for nobody; 400 when `phone_number` is missing; 503 when the file cannot be had.
    pub async fn handle_invoke(&self, payload: Value) -> Value {
        let Some(raw) = payload.get("phone_number").and_then(Value::as_str).filter(|raw| !raw.is_empty())
        else {
            return failure(400, "Missing phone_number parameter");
        };
        // What is no identity is nobody's.
        let Ok(identity) = Identity::parse(raw) else { return failure(404, "Customer not found") };
        match self.find(&identity).await {
            Ok(Some(customer)) => match serde_json::to_string(&customer) {
                Ok(body) => json!({ "statusCode": 200, "body": body }),
                Err(e) => {
                    error!(class = ?e.classify(), "A customer cannot be written as JSON");
                    failure(500, "Internal server error")
                }
            },
            Ok(None) => failure(404, "Customer not found"),
            Err(e) => {
                error!(error = %e, "An identity was not looked up: {e}");
                failure(503, "Customer lookup is unavailable")
            }
        }
    }
}

fn failure(status: u16, error: &str) -> Value {
    json!({ "statusCode": status, "body": json!({ "error": error }).to_string() })
}
