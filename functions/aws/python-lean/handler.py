"""The palindrome products as a Lambda function."""

from palindromes import answer


def handler(event: object, context: object) -> dict[str, object]:
    """Turn an event into a body; a bad event raises InvalidRange."""
    return answer(event)
