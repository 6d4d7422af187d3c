//! The official Rust client of the Runtime API around a handler that does
//! what its event asks for.

use std::{env, process, thread, time::Duration};

use lambda_runtime::streaming::{Body, Response, channel};
use lambda_runtime::{Context, Error, FunctionResponse, LambdaEvent};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if env::var("INIT").is_ok_and(|wish| wish == "panic") {
        panic!("panicked in init as asked");
    }
    lambda_runtime::run(lambda_runtime::service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let (event, context) = event.into_parts();
    let path = event["rawPath"].as_str(); // of a function URL
    let wish = event["do"].as_str().or(path.map(|path| &path[1..]));
    let answer = match wish {
        Some("fail") => return Err("failed as asked".into()),
        Some("panic") => panic!("panicked as asked"),
        Some("exit") => process::exit(3),
        Some("sleep") => loop {
            thread::sleep(Duration::from_secs(60));
        },
        Some("stream") => return Ok(stream()),
        Some("context") => told(&context),
        _ => json!({"event": event, "process": process::id()}),
    };
    println!("answered {}", context.request_id);
    Ok(FunctionResponse::BufferedResponse(answer))
}

fn told(context: &Context) -> Value {
    json!({
        "request_id": context.request_id,
        "arn": context.invoked_function_arn,
        "trace_id": context.xray_trace_id,
        "client": context.client_context,
        "memory": context.env_config.memory,
        "log_stream": context.env_config.log_stream,
    })
}

/// Three parts, and a header before them.
fn stream() -> FunctionResponse<Value, Body> {
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for part in ["one ", "two ", "three"] {
            if sender.send_data(part.into()).await.is_err() {
                return;
            }
        }
    });
    let mut response = Response::from(body);
    let headers = &mut response.metadata_prelude.headers;
    headers.insert("content-type", "text/plain".parse().unwrap());
    FunctionResponse::StreamingResponse(response)
}
