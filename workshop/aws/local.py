"""A local Lambda that lives as long as the notebook that started it."""

import json
from dataclasses import asdict

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from workshop.attached import AttachedServer
from workshop.aws.placement import Limits
from workshop.aws.settings import Settings
from workshop.errors import WorkshopError
from workshop.timeline import Event, Phase


class LocalLambda(AttachedServer):
    """A local Lambda in a process of its own.

    `boto3.client("lambda", **cloud.connection)` talks to it; without
    `**cloud.connection` the same line talks to AWS. The server ends with
    `close`, with the `with` block, or with this process, however that ends.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        settings = Settings(
            port=0, limits=limits or Limits(), quiet=True, while_stdin=True
        )
        super().__init__("workshop.aws", json.dumps(asdict(settings)))
        exports = self._read_exports()
        self.url = exports["AWS_ENDPOINT_URL"]
        self.connection = {
            "endpoint_url": self.url,
            "region_name": exports["AWS_DEFAULT_REGION"],
            "aws_access_key_id": exports["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": exports["AWS_SECRET_ACCESS_KEY"],
        }

    def timeline(self) -> list[Event]:
        """What every environment has done so far, oldest first.

        The times are on this machine's monotonic clock, so they compare
        with `time.monotonic()` here.
        """
        request = AWSRequest("GET", f"{self.url}/timeline")
        keys = Credentials(
            self.connection["aws_access_key_id"],
            self.connection["aws_secret_access_key"],
        )
        region = self.connection["region_name"]
        SigV4Auth(keys, "lambda", region).add_auth(request)
        reply = URLLib3Session().send(request.prepare())
        return [
            Event(**told | {"phase": Phase(told["phase"])})
            for told in json.loads(reply.content)
        ]

    def _read_exports(self) -> dict[str, str]:
        lines = self.introduction()
        if lines is None:
            raise WorkshopError(
                "The local Lambda did not start; its message stands above. "
                "`workshop doctor` looks for the usual reasons."
            )
        exports = {}
        for line in lines:
            name, equals, value = line.removeprefix("export ").partition("=")
            if equals:
                exports[name] = value
        return exports
