"""A runtime loop of raw sockets that answers each event with itself.

What it takes itself is next to nothing, so that what is measured with it is
the Lambda around it. Started as `python3 -I -S -E lean.py`. HOLD_S makes
it keep each event for so many seconds.
"""

import _socket
import os
import time

RUNTIME = b"/2018-06-01/runtime/invocation/"
host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
api = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
api.connect((host, int(port)))
api.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
NEXT = b"GET %bnext HTTP/1.1\r\nHost: %b\r\n\r\n" % (RUNTIME, host.encode())
ANSWER = (
    b"POST %b%%b/response HTTP/1.1\r\nHost: %b\r\nContent-Length: %%d\r\n"
    b"\r\n%%b"
) % (RUNTIME, host.encode())


def receive() -> tuple[bytes, bytes]:
    """The head, in lower case, and the body of the next reply."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += api.recv(65_536) or os._exit(1)
    head, _, body = data.partition(b"\r\n\r\n")
    head = head.lower()
    size = int(field(head, b"content-length"))  # small events come with one
    while len(body) < size:
        body += api.recv(65_536)
    return head, body


def field(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0]


hold_s = float(os.environ.get("HOLD_S", 0))
while True:
    api.sendall(NEXT)
    head, event = receive()
    if hold_s:
        time.sleep(hold_s)
    request_id = field(head, b"lambda-runtime-aws-request-id").strip()
    api.sendall(ANSWER % (request_id, len(event), event))
    receive()
