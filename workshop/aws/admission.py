"""Who may speak to the endpoint: this machine's own, with the session's key.

A page in a browser can send requests to this port. It cannot choose the Host
header or leave out Origin, so it cannot upload code. Whoever else runs on
this machine does not know the secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from workshop.aws import signature
from workshop.aws.control_plane import Refusal

OURS = "the credentials that `workshop serve aws` printed"


@dataclass(frozen=True, slots=True)
class Head:
    """A request up to its body, as it was sent."""

    method: str
    path: str  # not decoded
    query: str
    headers: Mapping[str, str]  # by name, in lower case


@dataclass(frozen=True)
class Admission:
    """The credentials of this server's run: what requests are signed with."""

    credentials: Mapping[str, str]  # the three AWS_ variables
    region: str

    def claim(self, head: Head) -> signature.Signed:
        """Judge a request by its headers, before any of its body is read.

        Raises Refusal for a web page, a foreign host name or a foreign key.
        """
        self.check_page(head)
        try:
            claim = signature.read(head.headers, datetime.now(UTC))
        except signature.BadSignature as error:
            raise Refusal(403, error.code, str(error)) from error
        self._check_key(claim, head.headers)
        declared = head.headers.get("x-amz-content-sha256")
        if declared:
            self._check(claim, head, declared)
        return claim

    def check_page(self, head: Head) -> None:
        """Refuse a web page, and a host name that is not this machine's."""
        host = head.headers.get("host", "").partition(":")[0]
        if host not in ("127.0.0.1", "localhost"):
            raise Refusal(
                403,
                "AccessDeniedException",
                f"Host '{host}' is not this machine's: use 127.0.0.1.",
            )
        if "origin" in head.headers:
            raise Refusal(
                403,
                "AccessDeniedException",
                "Web pages may not call this port.",
            )

    def confirm(
        self, claim: signature.Signed, head: Head, body: bytes
    ) -> None:
        """Judge the signature, which covers the body; Refusal if it is wrong.

        Nothing of the body has been looked into before.
        """
        computed = sha256(body).hexdigest()
        declared = head.headers.get("x-amz-content-sha256")
        if not declared:
            self._check(claim, head, computed)
        elif declared != computed:
            raise Refusal(
                403,
                "InvalidSignatureException",
                "The body is not the one of x-amz-content-sha256.",
            )

    def _check_key(
        self, claim: signature.Signed, headers: Mapping[str, str]
    ) -> None:
        token = headers.get("x-amz-security-token", "")
        known = self.credentials["AWS_SESSION_TOKEN"]
        if claim.region != self.region:
            raise Refusal(
                403,
                "InvalidSignatureException",
                "Credential should be scoped to a valid region: the local "
                f"cloud is {self.region}, not {claim.region}.",
            )
        if claim.key_id != self.credentials["AWS_ACCESS_KEY_ID"] or (
            token and token != known
        ):
            raise Refusal(
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid: "
                f"use {OURS}.",
            )

    def _check(self, claim: signature.Signed, head: Head, digest: str) -> None:
        try:
            signature.check(
                claim,
                self.credentials["AWS_SECRET_ACCESS_KEY"],
                (head.method, head.path, head.query),
                head.headers,
                digest,
            )
        except signature.BadSignature as error:
            raise Refusal(
                403, error.code, f"{error} Here, that is {OURS}."
            ) from error
