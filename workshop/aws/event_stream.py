"""What InvokeWithResponseStream answers: a stream of binary messages.

A message is its length, its headers' length, a checksum of the two, the
headers, the payload and a checksum of it all; numbers are big-endian, and the
checksums CRC32 ("Event stream encoding", Amazon Transcribe Developer Guide,
read 2026-11).
"""

import json
import struct
from zlib import crc32

MEDIA_TYPE = "application/vnd.amazon.eventstream"
TEXT = 7  # the type of a header whose value is a string


def payload_chunk(part: bytes) -> bytes:
    """A part of the response."""
    return _message("PayloadChunk", "application/octet-stream", part)


def invoke_complete(
    error_code: str = "", error_details: str = "", log_result: str = ""
) -> bytes:
    """The last message; LogResult is the base64 of the log's end."""
    told = {
        "ErrorCode": error_code,
        "ErrorDetails": error_details,
        "LogResult": log_result,
    }
    body = json.dumps({name: value for name, value in told.items() if value})
    return _message("InvokeComplete", "application/json", body.encode())


def _message(event_type: str, content_type: str, payload: bytes) -> bytes:
    headers = b"".join(
        _header(name, value)
        for name, value in {
            ":event-type": event_type,
            ":content-type": content_type,
            ":message-type": "event",
        }.items()
    )
    prelude = struct.pack(
        ">II", 16 + len(headers) + len(payload), len(headers)
    )
    start = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def _header(name: str, value: str) -> bytes:
    return struct.pack(
        f">B{len(name)}sBH{len(value)}s",
        len(name),
        name.encode(),
        TEXT,
        len(value),
        value.encode(),
    )
