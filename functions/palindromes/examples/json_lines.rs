//! Reads events, one a line, and writes for each what it gets, as Lambda
//! would: its body, or the error's type and message.

use std::io;

use palindromes::answer;
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let event: Value = serde_json::from_str(&line?)?;
        let reply = answer(&event).unwrap_or_else(|error| {
            json!({
                "errorType": "InvalidRange",
                "errorMessage": error.to_string(),
            })
        });
        println!("{reply}");
    }
    Ok(())
}
