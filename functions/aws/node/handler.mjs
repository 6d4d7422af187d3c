/** The palindrome products as a Lambda function. */

import { answer } from "./palindromes.mjs";

export { toJson } from "./palindromes.mjs";

/** Turn an event into a body; a bad event throws InvalidRange. */
export function handler(event, context) {
  return answer(event);
}
