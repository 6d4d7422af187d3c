//! The palindrome products as a Lambda function. The loop around it is that
//! of the official crate.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use palindromes::{InvalidRange, answer};
use serde_json::Value;

/// Turn an event into a body; a bad event is an error of its own type.
async fn handler(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    answer(&event.payload).map_err(|error: InvalidRange| Diagnostic {
        error_type: "InvalidRange".into(), // without the name of its crate
        error_message: error.to_string(),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handler)).await
}
