//! The kernel in Rust: the reports of palindromes.py, in its order and with
//! its names. The ideas of `fast` are explained there.
//!
//! Factors have up to 40 bits and products up to 80, so those are u128.

use std::{collections::BTreeSet, error, fmt};

use serde_json::{Map, Value, json};

const MAX_FACTOR: u64 = 999_999_999_999; // twelve digits
const BRUTE_FACTORS: u64 = 10_000; // 50 million pairs

type Pairs = Vec<(u64, u64)>;
type Report = Value;

/// The event breaks a rule; the message names the field and the rule.
#[derive(Debug)]
pub struct InvalidRange(String);

impl fmt::Display for InvalidRange {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for InvalidRange {}

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidRange> {
    Err(InvalidRange(message.into()))
}

/// Turn an event (what a client sent, parsed) into a body (what it gets).
pub fn answer(event: &Value) -> Result<Report, InvalidRange> {
    let Value::Object(event) = event else {
        return invalid("event must be a JSON object");
    };
    if !event.contains_key("min") && !event.contains_key("max") {
        return Ok(json!({"message": "hello, world"}));
    }
    let min_factor = factor(event, "min")?;
    let max_factor = factor(event, "max")?;
    if min_factor > max_factor {
        return invalid("min must not be greater than max");
    }
    let kernel = event.get("kernel").map_or(Some("fast"), Value::as_str);
    if kernel == Some("fast") {
        return Ok(fast(min_factor, max_factor));
    }
    if kernel != Some("brute") {
        return invalid(r#"kernel must be "brute" or "fast""#);
    }
    if max_factor - min_factor >= BRUTE_FACTORS {
        return invalid(format!(
            "max must be less than min + {BRUTE_FACTORS} for kernel brute"
        ));
    }
    Ok(brute(min_factor, max_factor))
}

/// The factor in this field of the event, or InvalidRange.
fn factor(
    event: &Map<String, Value>,
    field: &str,
) -> Result<u64, InvalidRange> {
    let Some(factor) = event.get(field) else {
        return invalid(format!("{field} is missing: give both min and max"));
    };
    let digits = factor.as_number().map_or("", |number| number.as_str());
    let (negative, unsigned) = match digits.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, digits),
    };
    if unsigned.is_empty() || !unsigned.bytes().all(|c| c.is_ascii_digit()) {
        return invalid(format!("{field} must be a whole number"));
    }
    let size = unsigned.parse().unwrap_or(u64::MAX); // too many digits
    if negative || size < 1 {
        return invalid(format!("{field} must be at least 1"));
    }
    if size > MAX_FACTOR {
        return invalid(format!("{field} must be at most {MAX_FACTOR}"));
    }
    Ok(size)
}

/// Try all pairs a <= b. The time grows with the square of the range.
pub fn brute(min_factor: u64, max_factor: u64) -> Report {
    let pairs: Pairs = (min_factor..=max_factor)
        .flat_map(|a| (a..=max_factor).map(move |b| (a, b)))
        .filter(|&(a, b)| is_palindrome(times(a, b)))
        .collect();
    let products = pairs.iter().map(|&(a, b)| times(a, b));
    json!({
        "smallest": found(products.clone().min(), &pairs),
        "largest": found(products.max(), &pairs),
    })
}

/// Give the report of `brute`, trying few pairs.
pub fn fast(min_factor: u64, max_factor: u64) -> Report {
    json!({
        "smallest": search(min_factor, max_factor, false),
        "largest": search(min_factor, max_factor, true),
    })
}

/// The palindrome product nearest to one end of the range.
fn search(min_factor: u64, max_factor: u64, from_top: bool) -> Report {
    let mut low = times(min_factor, min_factor);
    let mut high = times(max_factor, max_factor);
    let mut blocks = 0;
    while low <= high {
        // First thin blocks, as the answer may be near; then wider ones.
        let edge = if from_top { high } else { low };
        let length = edge.ilog10() + 1;
        let leading =
            length.div_ceil(4).max((length / 2).saturating_sub(blocks));
        let rest = 10_u128.pow(length - leading);
        let head = edge / rest;
        let first = low.max(head * rest);
        let last = high.min(head * rest + rest - 1);

        let pairs = pairs_in(first, last, leading, min_factor, max_factor);
        if !pairs.is_empty() {
            let products = pairs.iter().map(|&(a, b)| times(a, b));
            let value = if from_top {
                products.max()
            } else {
                products.min()
            };
            return found(value, &pairs);
        }
        if from_top {
            high = first - 1;
        } else {
            low = last + 1;
        }
        blocks += 1;
    }
    found(None, &[])
}

/// All pairs with a palindrome product in the block first..last.
fn pairs_in(
    first: u128,
    last: u128,
    leading: u32,
    min_factor: u64,
    max_factor: u64,
) -> Pairs {
    let length = first.ilog10() + 1;
    let ending = reversed((first / 10_u128.pow(length - leading)) as u64);
    let modulus = 10_u64.pow(leading);
    let least = min_factor.max(divide_up(first, max_factor));
    let (least, most, stride) = if length.is_multiple_of(2) {
        // One factor is a multiple of 11; it may be the larger one.
        let most = max_factor.min(divide(last, min_factor));
        (least.next_multiple_of(11), most, 11)
    } else {
        (least, last.isqrt() as u64, 1)
    };

    let mut pairs = BTreeSet::new();
    for a in (least..=most).step_by(stride) {
        // Solve a × b ≡ ending (mod modulus): b ≡ residue (mod step).
        let (common, inverse) = extended_gcd(a, modulus);
        if !ending.is_multiple_of(common) {
            continue;
        }
        let step = modulus / common;
        let residue =
            (times(ending / common, inverse) % u128::from(step)) as u64;
        let start = min_factor.max(divide_up(first, a));
        let stop = max_factor.min(divide(last, a));
        let skipped = (residue + step - start % step) % step;
        for b in (start + skipped..=stop).step_by(step as usize) {
            if is_palindrome(times(a, b)) {
                pairs.insert((a.min(b), a.max(b)));
            }
        }
    }
    pairs.into_iter().collect()
}

/// A palindrome product and those of the pairs that multiply to it.
fn found(value: Option<u128>, pairs: &[(u64, u64)]) -> Report {
    let factors: Vec<_> = pairs
        .iter()
        .filter(|&&(a, b)| Some(times(a, b)) == value)
        .collect();
    json!({"value": value, "factors": factors})
}

// What Python has built in

fn times(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

fn divide(product: u128, a: u64) -> u64 {
    (product / u128::from(a)) as u64
}

fn divide_up(product: u128, a: u64) -> u64 {
    product.div_ceil(u128::from(a)) as u64
}

fn is_palindrome(product: u128) -> bool {
    // What has 19 digits fits 64 bits, also backwards: those are quicker.
    if product < 10_u128.pow(19) {
        let product = product as u64;
        return reversed(product) == product;
    }
    let digits = product.to_string();
    digits.bytes().rev().eq(digits.bytes())
}

fn reversed(number: u64) -> u64 {
    let (mut rest, mut reversed) = (number, 0);
    while rest > 0 {
        reversed = reversed * 10 + rest % 10;
        rest /= 10;
    }
    reversed
}

/// The gcd of a and modulus, and x with a × x ≡ gcd (mod modulus).
fn extended_gcd(a: u64, modulus: u64) -> (u64, u64) {
    let (mut gcd, mut next) = (modulus as i64, (a % modulus) as i64);
    let (mut x, mut next_x) = (0, 1);
    while next > 0 {
        let quotient = gcd / next;
        (gcd, next) = (next, gcd - quotient * next);
        (x, next_x) = (next_x, x - quotient * next_x);
    }
    (gcd as u64, x.rem_euclid(modulus as i64) as u64)
}
