/**
 * The kernel in JavaScript: the reports of palindromes.py, in its order and
 * with its names. The ideas of `fast` are explained there.
 *
 * A number of JavaScript is a double, and whole numbers are exact below
 * 2^53. All factors are; products beyond are BigInts. One thing is lost
 * before it gets here: JSON.parse reads 10.0 and 10 as the same number.
 */

const MAX_FACTOR = 999_999_999_999; // twelve digits
const BRUTE_FACTORS = 10_000; // 50 million pairs

/** The event breaks a rule; the message names the field and the rule. */
export class InvalidRange extends Error {
  name = "InvalidRange";
}

/** Turn an event (what a client sent, parsed) into a body (what it gets). */
export function answer(event) {
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw new InvalidRange("event must be a JSON object");
  }
  if (event.min === undefined && event.max === undefined) {
    return { message: "hello, world" };
  }
  const minFactor = factorOf(event, "min");
  const maxFactor = factorOf(event, "max");
  if (minFactor > maxFactor) {
    throw new InvalidRange("min must not be greater than max");
  }
  const { kernel = "fast" } = event;
  if (kernel === "fast") return fast(minFactor, maxFactor);
  if (kernel !== "brute") {
    throw new InvalidRange('kernel must be "brute" or "fast"');
  }
  if (maxFactor - minFactor >= BRUTE_FACTORS) {
    throw new InvalidRange(
      `max must be less than min + ${BRUTE_FACTORS} for kernel brute`,
    );
  }
  return brute(minFactor, maxFactor);
}

/** A body as JSON. JSON.stringify alone refuses a BigInt. */
export function toJson(body) {
  const marked = (_, value) =>
    typeof value === "bigint" ? `${value}n` : value;
  return JSON.stringify(body, marked).replace(/"(\d+)n"/g, "$1");
}

/** The factor in this field of the event, or InvalidRange. */
function factorOf(event, field) {
  const factor = event[field];
  if (factor === undefined) {
    throw new InvalidRange(`${field} is missing: give both min and max`);
  }
  // Not Number.isInteger: an integer of 400 digits is parsed as Infinity.
  if (typeof factor !== "number" || factor !== Math.trunc(factor)) {
    throw new InvalidRange(`${field} must be a whole number`);
  }
  if (factor < 1) throw new InvalidRange(`${field} must be at least 1`);
  if (factor > MAX_FACTOR) {
    throw new InvalidRange(`${field} must be at most ${MAX_FACTOR}`);
  }
  return factor;
}

/**
 * Try all pairs a <= b. The time grows with the square of the range.
 *
 * A product is reversed as a number, or as a string where the environment
 * has REVERSAL=string: Node programs do both, and the time differs.
 */
export function brute(minFactor, maxFactor) {
  const pairs = [];
  for (let a = minFactor; a <= maxFactor; a += 1) {
    for (let b = a; b <= maxFactor; b += 1) {
      if (readsBothWays(times(a, b))) pairs.push([a, b]);
    }
  }
  const products = pairs.map(([a, b]) => times(a, b));
  return {
    smallest: found(products.reduce(min, undefined), pairs),
    largest: found(products.reduce(max, undefined), pairs),
  };
}

/** Give the report of `brute`, trying few pairs. */
export function fast(minFactor, maxFactor) {
  return {
    smallest: search(minFactor, maxFactor, false),
    largest: search(minFactor, maxFactor, true),
  };
}

/** The palindrome product nearest to one end of the range. */
function search(minFactor, maxFactor, fromTop) {
  let low = BigInt(minFactor) ** 2n;
  let high = BigInt(maxFactor) ** 2n;
  let blocks = 0;
  while (low <= high) {
    // First thin blocks, as the answer may be near; then wider ones.
    const edge = fromTop ? high : low;
    const { length } = String(edge);
    const leading = max(length + 3 >> 2, (length >> 1) - blocks);
    const rest = 10n ** BigInt(length - leading);
    const head = edge / rest;
    const first = max(low, head * rest);
    const last = min(high, head * rest + rest - 1n);

    const pairs = pairsIn(
      exact(first), exact(last), leading, minFactor, maxFactor,
    );
    if (pairs.length > 0) {
      const products = pairs.map(([a, b]) => times(a, b));
      return found(products.reduce(fromTop ? max : min), pairs);
    }
    if (fromTop) high = first - 1n;
    else low = last + 1n;
    blocks += 1;
  }
  return found(undefined, []);
}

/** All pairs with a palindrome product in the block first..last. */
function pairsIn(first, last, leading, minFactor, maxFactor) {
  const digits = String(first);
  const ending = Number(backwards(digits.slice(0, leading)));
  const modulus = 10 ** leading;
  let a = max(minFactor, divideUp(first, maxFactor));
  let most, stride;
  if (digits.length % 2 === 0) {
    // One factor is a multiple of 11; it may be the larger one.
    a = Math.ceil(a / 11) * 11;
    most = min(maxFactor, divide(last, minFactor));
    stride = 11;
  } else {
    most = Math.ceil(Math.sqrt(Number(last))); // one too many does no harm
    stride = 1;
  }

  const pairs = new Map(); // by their text: two arrays are never equal
  for (; a <= most; a += stride) {
    // Solve a × b ≡ ending (mod modulus): b ≡ residue (mod step).
    const [common, inverse] = extendedGcd(a, modulus);
    if (ending % common !== 0) continue;
    const step = modulus / common;
    const residue = remainder(times(ending / common, inverse), step);
    const start = max(minFactor, divideUp(first, a));
    const stop = min(maxFactor, divide(last, a));
    const skipped = (residue - start % step + step) % step;
    for (let b = start + skipped; b <= stop; b += step) {
      if (isPalindrome(times(a, b))) {
        const pair = [min(a, b), max(a, b)];
        pairs.set(String(pair), pair);
      }
    }
  }
  return [...pairs.values()].sort((one, two) =>
    one[0] - two[0] || one[1] - two[1]);
}

/** A palindrome product and those of the pairs that multiply to it. */
function found(value, pairs) {
  const factors = pairs.filter(([a, b]) => times(a, b) === value);
  return { value: value ?? null, factors };
}

// What Python has built in

const min = (a, b) => (a < b ? a : b);
const max = (a, b) => (a > b ? a : b);

/** The whole number as a double where doubles are exact, else a BigInt. */
const exact = (big) =>
  big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;

const times = (a, b) =>
  a * b <= Number.MAX_SAFE_INTEGER ? a * b : BigInt(a) * BigInt(b);

const divide = (product, a) =>
  typeof product === "bigint"
    ? Number(product / BigInt(a))
    : Math.floor(product / a);

const remainder = (product, a) =>
  typeof product === "bigint" ? Number(product % BigInt(a)) : product % a;

const divideUp = (product, a) =>
  divide(product, a) + (remainder(product, a) > 0 ? 1 : 0);

const backwards = (digits) => [...digits].reverse().join("");

const isPalindromeText = (product) =>
  String(product) === backwards(String(product));

const readsBothWays =
  process.env.REVERSAL === "string" ? isPalindromeText : isPalindrome;

function isPalindrome(product) {
  if (typeof product === "bigint") return isPalindromeText(product);
  let reversed = 0;
  for (let rest = product; rest > 0; rest = Math.floor(rest / 10)) {
    reversed = reversed * 10 + rest % 10;
  }
  return reversed === product;
}

/** The gcd of a and modulus, and x with a × x ≡ gcd (mod modulus). */
function extendedGcd(a, modulus) {
  let [gcd, next] = [modulus, a % modulus];
  let [x, nextX] = [0, 1];
  while (next > 0) {
    const quotient = Math.floor(gcd / next);
    [gcd, next] = [next, gcd - quotient * next];
    [x, nextX] = [nextX, x - quotient * nextX];
  }
  return [gcd, x < 0 ? x + modulus : x];
}
