"""What AWS says when it refuses, as a sentence with its remedy."""

import re

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from workshop.deploy.aws.call import Call

DENIED = frozenset(
    ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
)
EXPIRED = frozenset(
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
)
UNKNOWN_KEY = frozenset(
    ("InvalidClientTokenId", "UnrecognizedClientException")
)
WRONG_SIGNATURE = frozenset(
    ("SignatureDoesNotMatch", "InvalidSignatureException")
)
THROTTLED = frozenset(
    (
        *("Throttling", "ThrottlingException", "TooManyRequestsException"),
        *("RequestLimitExceeded", "RequestThrottled"),
    )
)
EXISTS = frozenset(
    (
        *("ResourceAlreadyExistsException", "ResourceConflictException"),
        *("EntityAlreadyExists", "EntityAlreadyExistsException"),
    )
)
NOT_OPTED_IN = frozenset(("OptInRequired", "SubscriptionRequiredException"))
NAMED = re.compile(r"not authorized to perform: ([\w-]+:\w+)")

SIGN_IN = (
    boto.SSOError,
    boto.UnauthorizedSSOTokenError,
    boto.TokenRetrievalError,
    boto.RefreshWithMFAUnsupportedError,
)
NO_NETWORK = (
    boto.HTTPClientError,
    boto.ConnectionError,
    boto.EndpointConnectionError,
)
SLOW = (boto.ReadTimeoutError, boto.ConnectTimeoutError)


def code_of(error: ClientError) -> str:
    """AWS's name for the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    """AWS's own words for it."""
    return str(error.response.get("Error", {}).get("Message", ""))


def is_propagating(error: ClientError) -> bool:
    """Whether a new role is not yet known everywhere.

    AWS answers so for some seconds after a role was created ("Lambda
    execution role", AWS Lambda Developer Guide, read 2026-11).
    """
    return (
        code_of(error) == "InvalidParameterValueException"
        and "cannot be assumed by Lambda" in message_of(error)
    )


def is_changing(error: ClientError) -> bool:
    """Whether another change of the function is still under way."""
    said = message_of(error)
    return code_of(error) == "ResourceConflictException" and (
        "in progress" in said or "Pending" in said
    )


def is_there_already(error: BaseException | None) -> bool:
    """Whether what was to be made has been made by somebody meanwhile."""
    return isinstance(error, ClientError) and code_of(error) in EXISTS


def sentence(
    error: BotoCoreError | ClientError | ResponseParserError,
    call: Call,
    who: str,
) -> str:
    """What happened with a call, and what to do; `who` is the account."""
    if isinstance(error, ClientError):
        said = _answered(error, call, who)
    elif isinstance(error, ResponseParserError):
        said = (
            f"{who} has answered {call.permission} with what is no answer of "
            "AWS: is a company's proxy, or a page to sign in, in between?"
        )
    else:
        said = _unanswered(error, call, who)
    return f"{said[0].upper()}{said[1:]}"


def _answered(error: ClientError, call: Call, who: str) -> str:
    code, said = code_of(error), message_of(error)
    if code in DENIED:
        named = NAMED.search(said)
        missing = named[1] if named else call.permission
        return (
            f"{who} does not have the permission {missing}. Have it allowed "
            "in IAM; --dry-run lists all that are needed."
        )
    if code in EXPIRED:
        return f"The credentials of {who} have expired. {_sign_in(who)}"
    if code in UNKNOWN_KEY:
        return (
            f"{who} is not known there: {said} Either the key is wrong or "
            "was deleted, or the region is one that has to be enabled for "
            "the account first (AWS console, Account, Regions). For a local "
            "Lambda, export what `workshop serve aws` prints."
        )
    if code in NOT_OPTED_IN:
        return (
            f"{who}: the account may not use the service there. Finish "
            "its sign-up, or enable the region (AWS console, Account, "
            f"Regions), or choose another with --region. AWS says: {said}"
        )
    if code in WRONG_SIGNATURE:
        return (
            f"The signature of {who} is not right: the secret key is "
            "another one, the region is, or this machine's clock is wrong. "
            f"AWS says: {said}"
        )
    if code in THROTTLED:
        return (
            f"{who} throttles {call.permission}, and went on to when it was "
            "asked again. Wait a minute and type the same command again."
        )
    if is_propagating(error):
        return (
            "The function's role is still not known to Lambda. Wait a "
            "minute and type the same command again."
        )
    return f"{who} refuses {call.permission}: {code}: {said}"


def _unanswered(error: BotoCoreError, call: Call, who: str) -> str:
    if isinstance(error, SIGN_IN):
        return f"The sign-in of {who} is over. {_sign_in(who)} ({error})"
    if isinstance(error, boto.NoCredentialsError):
        return (
            f"There are no credentials for {who}. `aws configure` stores "
            "some; --profile names those to use."
        )
    if isinstance(error, boto.PartialCredentialsError):
        return (
            f"Half of the credentials of {who} is missing: {error} "
            "`aws configure` stores both."
        )
    if isinstance(error, boto.CredentialRetrievalError):
        return f"The credentials of {who} cannot be had: {error}"
    if isinstance(error, boto.WaiterError):
        return (
            f"What {call.permission} began on {who} has not come to its end: "
            f"{error}. Type the same command again."
        )
    if isinstance(error, SLOW):
        return (
            f"{who} did not answer {call.permission} in time. Type the same "
            "command again."
        )
    if isinstance(error, NO_NETWORK):
        return (
            f"{who} cannot be reached for {call.permission}: {error}. Is "
            "there a network, is the region's name right, does the local "
            "Lambda still run?"
        )
    return f"The request {call.permission} could not be sent to {who}: {error}"


def _sign_in(who: str) -> str:
    return (
        "Sign in again: `aws sso login`, or the way that you got them; a "
        "local Lambda prints new ones each time it starts."
    )
