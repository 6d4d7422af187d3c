"""The wire between boto3 and a service, where a test can hold it.

botocore calls these hooks inside its own loop of retries, with the request
that is about to be sent: what is put in the place of an answer is parsed,
retried and raised as a real one is.
"""

import io
import itertools
import json
from urllib.parse import urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

AWS = (".amazonaws.com", ".amazonaws.com.cn")
XML = ("iam", "sts")


class Wire:
    """Records every request of a session; fails those that it is told.

    To be made before the session's clients; a test has it as after `reset`.
    """

    def __init__(self, session):
        self.reset()
        session.events.register("before-parameter-build", self._record)
        session.events.register_first("before-send", self._before)
        session.events.register("after-call", self._after)

    def reset(self):
        """Forget what was sent, and let everything pass."""
        self.sent = []  # (operation model, parameters)
        self.attempts = []  # each try of each, such as iam.CreateRole
        self._instead = {}  # what is to happen, by attempt
        self._stop_before = self._stop_after = None

    def _record(self, params, model, **_):
        self.sent.append((model, dict(params)))

    def _before(self, request, event_name, **_):
        call = event_name.removeprefix("before-send.")
        call = call.replace("cloudwatch-logs", "logs")
        if len(self.attempts) == self._stop_before:
            raise KeyboardInterrupt
        self.attempts.append(call)
        if call in self._instead:
            return self._instead[call](request)
        return None

    def _after(self, **_):
        if len(self.attempts) - 1 == self._stop_after:
            raise KeyboardInterrupt

    @property
    def operations(self):
        """What was sent, such as lambda:CreateFunction."""
        return [
            f"{model.service_model.service_name}:{model.name}"
            for model, _ in self.sent
        ]

    def answer(self, call, code, message="as it is", status=400, times=None):
        """Answer a call such as iam.CreateRole with an error."""
        service = call.partition(".")[0]
        left = itertools.count() if times is None else iter(range(times))

        def reply(request):
            if next(left, None) is None:
                return None
            return error(request.url, service, code, message, status)

        self._instead[call] = reply

    def garble(self, call):
        """Answer a call with a page that is not AWS's."""
        page = b"<html><br>Please sign in"

        def reply(request):
            return AWSResponse(request.url, 200, {}, Raw(page))

        self._instead[call] = reply

    def fail(self, call, exception):
        """Raise in the place of sending a call."""

        def fail(_):
            raise exception

        self._instead[call] = fail

    def at(self, call, act):
        """Do something before each such call is sent."""
        self._instead[call] = act

    def before(self, call, number, exception):
        """Raise before the n-th of such calls is sent, counted from 1."""
        seen = itertools.count(1)

        def check(_):
            if next(seen) == number:
                raise exception

        self._instead[call] = check

    def stop_before(self, number):
        """Ctrl-C before the request of that number, counted from 0."""
        self._stop_before = number

    def stop_after(self, number):
        """Ctrl-C after it was answered."""
        self._stop_after = number


class Raw(io.BytesIO):
    """A body, as urllib3 gives it."""

    def stream(self, *_, **__):
        yield self.read()


def error(url, service, code, message, status):
    """An error as the service writes it."""
    if service in XML:
        body = (
            f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}"
            "</Message></Error></ErrorResponse>"
        )
        return AWSResponse(url, status, {}, Raw(body.encode()))
    body = json.dumps({"__type": code, "message": message})
    headers = {"x-amzn-errortype": code}
    return AWSResponse(url, status, headers, Raw(body.encode()))


def lead_to(monkeypatch, connection):
    """Have what is sent to AWS arrive at a local Lambda in its place.

    The signature is of the host, too: there is another one for that.
    """
    send = URLLib3Session.send
    keys = Credentials(
        connection["aws_access_key_id"], connection["aws_secret_access_key"]
    )

    def led(session, request):
        parts = urlsplit(request.url)
        if not parts.hostname.endswith(AWS):
            return send(session, request)
        url = urlsplit(connection["endpoint_url"])
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        scope = headers.pop("Authorization").split("/")
        here = AWSRequest(
            request.method,
            urlunsplit((*url[:2], *parts[2:])),
            headers=headers,
            data=request.body,
            stream_output=request.stream_output,
        )
        SigV4Auth(keys, scope[3], scope[2]).add_auth(here)
        return send(session, here.prepare())

    monkeypatch.setattr(URLLib3Session, "send", led)


def before_sending(monkeypatch, url, part, act):
    """Do something before the first request to a URL with this in it.

    For what makes its own clients; the request goes out after it, unless
    `act` raises.
    """
    send = URLLib3Session.send
    left = [act]

    def watched(session, request):
        text = f"{request.url} {request.body} {request.headers}"
        if left and request.url.startswith(url) and part in text:
            left.pop()()
        return send(session, request)

    monkeypatch.setattr(URLLib3Session, "send", watched)
