//! An Azure custom handler: a web server that answers for a function app.

use std::{env, net::Ipv4Addr, pin::pin};

use futures_util::{Stream, StreamExt};
use palindromes::answer;
use serde_json::{Value, json};
use warp::http::{Method, Response, StatusCode};
use warp::{Buf, Filter, path::FullPath};

const ROUTE: &str = "/api/palindromes";
const BODY_LIMIT: usize = 1_048_576; // bytes

/// An answer that is no 200: its status and what it says.
type HttpError = (StatusCode, String);
type Query = Vec<(String, String)>;

/// The event that a query such as min=10&max=99 means.
fn event_of_query(query: Query) -> Value {
    let fields = query.into_iter().map(|(name, text)| {
        let value = whole(&text).unwrap_or(text.into());
        (name, value)
    });
    fields.collect()
}

/// The whole number that a text is, however long; all else is none.
fn whole(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    // One too long for i64 is as far out of bounds as the last that is not.
    let furthest = if text == digits { i64::MAX } else { i64::MIN };
    Some(text.parse().unwrap_or(furthest).into())
}

/// The event that a body is the JSON of. What other parsers take and
/// serde_json does not: 128 levels of nesting, half a surrogate pair.
fn event_of_body(body: &[u8]) -> Result<Value, HttpError> {
    let refuse = |_| error(400, "the body must be JSON");
    serde_json::from_slice(body).map_err(refuse)
}

fn error(status: u16, message: impl ToString) -> HttpError {
    let status = StatusCode::from_u16(status).expect("a status of HTTP");
    (status, message.to_string())
}

/// Read one request, handle it and answer it.
async fn serve_one(
    method: Method,
    path: FullPath,
    query: Query,
    length: Option<usize>,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Response<String> {
    let event = read_event(&method, path.as_str(), query, length, body).await;
    // On a thread of its own: the others go on while this one computes.
    let compute =
        move || event.and_then(|e| answer(&e).map_err(|e| error(400, e)));
    let answered = tokio::task::spawn_blocking(compute).await;
    let (status, body) = match answered.expect("the kernel does not panic") {
        Ok(body) => (StatusCode::OK, body),
        Err((status, message)) => (status, json!({"error": message})),
    };
    println!("{method} {} {}", path.as_str(), status.as_u16());
    let mut response = Response::builder()
        .status(status)
        .header("Content-Type", "application/json");
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response = response.header("Allow", "GET, POST");
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest of that body is still on its way.
        response = response.header("Connection", "close");
    }
    response.body(body.to_string()).expect("headers of HTTP")
}

/// The event of a request, or the error of one without.
async fn read_event(
    method: &Method,
    path: &str,
    query: Query,
    length: Option<usize>,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Result<Value, HttpError> {
    let body = read_body(length, body).await?;
    if path != ROUTE {
        return Err(error(404, "not found"));
    }
    match *method {
        Method::GET => Ok(event_of_query(query)),
        Method::POST => event_of_body(&body),
        _ => Err(error(405, "method not allowed")),
    }
}

/// The body, whole or in chunks; a length is only known when it is whole.
async fn read_body(
    length: Option<usize>,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Result<Vec<u8>, HttpError> {
    let message = format!("the body must be at most {BODY_LIMIT} bytes");
    let too_long = error(413, message);
    if length.is_some_and(|length| length > BODY_LIMIT) {
        return Err(too_long);
    }
    let mut body = pin!(body);
    let mut content = Vec::new();
    while let Some(part) = body.next().await {
        let mut part = part.map_err(|broken| error(400, broken))?;
        let size = part.remaining();
        if content.len() + size > BODY_LIMIT {
            return Err(too_long);
        }
        content.extend_from_slice(&part.copy_to_bytes(size));
    }
    Ok(content)
}

/// Serve requests for ever, on the port that the host has chosen.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let chosen = env::var("FUNCTIONS_CUSTOMHANDLER_PORT").ok();
    let port = chosen.map_or(3000, |port| port.parse().expect("a port"));
    let handler = warp::method()
        .and(warp::path::full())
        .and(warp::query())
        .and(warp::header::optional("content-length"))
        .and(warp::body::stream())
        .then(serve_one);
    warp::serve(handler).run((Ipv4Addr::LOCALHOST, port)).await;
}
