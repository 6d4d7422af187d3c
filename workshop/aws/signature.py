"""AWS Signature Version 4, as the one who checks it.

A request is signed with a secret that is never sent: both sides compute the
signature, and it is right when they agree. What is signed is the method, the
path, the query, some headers and a hash of the body ("Create a signed AWS
API request", AWS IAM User Guide, read 2026-11).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)  # of the caller's clock, either way
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=(?P<key_id>[^/,]+)/(?P<date>\d{{8}})/"
    r"(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request, *"
    r"SignedHeaders=(?P<headers>[^,]+), *Signature=(?P<signature>[0-9a-f]+)"
)


class BadSignature(Exception):
    """The request is not to be trusted: AWS's error code, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signed:
    """What the Authorization header claims."""

    key_id: str
    date: str  # YYYYMMDD
    region: str
    service: str
    headers: tuple[str, ...]  # lower case, in the order in which they count
    signature: str  # in hexadecimal

    @property
    def scope(self) -> str:
        """Where and on which day the signature holds."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read(headers: Mapping[str, str], now: datetime) -> Signed:
    """The claim of a request with these headers, before any of its body.

    Raises BadSignature where there is none, or none of this hour.
    """
    said = headers.get("authorization", "")
    found = AUTHORIZATION.fullmatch(said)
    if not said:
        raise BadSignature(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token: sign the request with the "
            "credentials that `workshop serve aws` printed.",
        )
    if not found:
        raise BadSignature(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'SignedHeaders' "
            f"and 'Signature' after {ALGORITHM}.",
        )
    told = headers.get("x-amz-date", "")
    _check_date(told, now)
    if not told.startswith(found["date"]):
        raise BadSignature(
            "InvalidSignatureException",
            f"Credential is of {found['date']}, X-Amz-Date is {told}.",
        )
    signed = tuple(found["headers"].split(";"))
    if "host" not in signed:
        raise BadSignature(
            "InvalidSignatureException", "'Host' must be a signed header."
        )
    return Signed(
        found["key_id"],
        found["date"],
        found["region"],
        found["service"],
        signed,
        found["signature"],
    )


def _check_date(told: str, now: datetime) -> None:
    if abs(now - _moment(told)) > SKEW:
        raise BadSignature(
            "InvalidSignatureException",
            f"Signature expired or not yet current: {told} is over 5 min. "
            f"from {now:%Y%m%dT%H%M%SZ}.",
        )


@lru_cache(maxsize=64)
def _moment(told: str) -> datetime:
    try:
        return datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadSignature(
            "IncompleteSignatureException",
            "Date must be in ISO-8601 'basic format'. "
            f"Got '{told}' in X-Amz-Date.",
        ) from error


def check(
    claim: Signed,
    secret: str,
    request_line: tuple[str, str, str],
    headers: Mapping[str, str],
    body_sha256: str,
) -> None:
    """Raise BadSignature unless the claim was made with the secret.

    `request_line` is the method, the path and the query as they were sent;
    `body_sha256` the hash that the caller has signed, in hexadecimal.
    """
    method, path, query = request_line
    canonical = "\n".join(
        (
            method,
            quote(path, safe="/-_.~"),  # once more than it was sent
            _canonical_query(query) if query else "",
            *(
                f"{name}:{' '.join(headers.get(name, '').split())}"
                for name in claim.headers
            ),
            "",
            ";".join(claim.headers),
            body_sha256,
        )
    )
    told = "\n".join(
        (
            ALGORITHM,
            headers.get("x-amz-date", ""),
            claim.scope,
            sha256(canonical.encode()).hexdigest(),
        )
    )
    key = _signing_key(secret, claim.date, claim.region, claim.service)
    expected = hmac.new(key, told.encode(), sha256).hexdigest()
    if not hmac.compare_digest(expected, claim.signature):
        raise BadSignature(
            "InvalidSignatureException",
            "The request signature we calculated does not match the "
            "signature you provided. Check your AWS Secret Access Key and "
            "signing method.",
        )


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


@lru_cache(maxsize=64)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
