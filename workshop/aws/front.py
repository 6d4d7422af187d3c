"""The port: an Invoke is answered right here, all else by the ASGI app.

Every invocation crosses it twice, so Invoke takes the short way: no scope, no
task, one write. It is uvicorn's own protocol in all other respects.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from workshop.aws.admission import Head
from workshop.aws.control_plane import ApiReply, Refusal
from workshop.aws.invocations import (
    INVOKE,
    Invocations,
    error_reply,
    event_limit,
    too_large,
)
from workshop.aws.placement import TooManyRequests
from workshop.aws.signature import Signed

SERVICE_EXCEPTION = Refusal(
    500, "ServiceException", "The local Lambda failed; it says why itself."
)
LINGER_S = 5  # for a caller who is refused to have read why


class Invoke:
    """An Invoke that is being read or run on a connection."""

    def __init__(self, head: Head, claim: Signed) -> None:
        self.head = head
        self.claim = claim
        self.limit = event_limit(head)
        self.body = bytearray()
        self.size = 0

    def take(self, part: bytes) -> None:
        """A part of the body; what is too large is counted, not kept."""
        self.size += len(part)
        if self.size <= self.limit:
            self.body += part


class Front(HttpToolsProtocol):
    """One connection of a caller."""

    def __init__(self, invocations: Invocations, **given: Any) -> None:
        super().__init__(**given)
        self._invocations = invocations
        self._invoke: Invoke | None = None
        self._running = False
        self._deaf = False  # what still comes is read and forgotten

    def on_message_begin(self) -> None:
        if self._running:
            self._cut_off()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._deaf:
            return
        method = self.parser.get_method()
        path, _, query = self.url.decode("latin-1").partition("?")
        if method != b"POST" or not INVOKE.fullmatch(path):
            super().on_headers_complete()
            return
        if self.cycle and not self.cycle.response_complete:
            self._cut_off()
            return
        names = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in self.headers
        }
        head = Head("POST", path, query, names)
        self._running = True
        try:
            self._invoke = Invoke(head, self._invocations.admit(head))
        except Refusal as refusal:
            # Closing before its body has come would take the reply away.
            self._deaf = True
            self._reply(error_reply(refusal), last=True)
            return
        if self.expect_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._invoke:
            self._invoke.take(body)
        elif not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        invoke, self._invoke = self._invoke, None
        if invoke:
            self._run(invoke)
        elif not self._deaf:
            super().on_message_complete()

    def _run(self, invoke: Invoke) -> None:
        last = not self.parser.should_keep_alive()
        replies = [last]  # one, whatever happens

        def reply(reply: ApiReply) -> None:
            if replies:
                self._reply(reply, replies.pop())

        try:
            if invoke.size > invoke.limit:
                raise too_large(invoke.limit)
            self._invocations.invoke(
                invoke.head, invoke.claim, bytes(invoke.body), reply
            )
        except (Refusal, TooManyRequests) as error:
            reply(error_reply(error))
        except Exception:  # a fault of ours, or of this machine
            self.logger.exception("an Invoke failed")
            reply(error_reply(SERVICE_EXCEPTION))

    def _reply(self, reply: ApiReply, last: bool) -> None:
        self._running = False
        if self.transport.is_closing():
            return  # the caller has left
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
            *(["Connection: close"] if last else []),
            "\r\n",
        ]
        head = "\r\n".join(lines).encode("latin-1")
        self.transport.write(head + reply.body)
        if last and not self._deaf:
            self.transport.close()
        elif last:
            self.transport.write_eof()
            self.loop.call_later(LINGER_S, self.transport.close)

    def _cut_off(self) -> None:
        """It does not wait for its replies, as every client of AWS does."""
        self._deaf = True
        self._invoke = None
        self.transport.close()


def front(invocations: Invocations) -> Callable[..., Front]:
    """What uvicorn makes for each connection."""

    def make(**given: Any) -> Front:
        return Front(invocations, **given)

    return make
