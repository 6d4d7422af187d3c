"""What is stored in a storage account, through azure-storage-blob."""

from contextlib import suppress
from typing import Any

from workshop.deploy.azure.refusals import as_sentences

RETRIES = 3


class Blobs:
    """The containers of one account, by its endpoint and one of its keys.

    Each method raises WorkshopError for a refusal, and where nobody answers.
    """

    def __init__(
        self, endpoint: str, name: str, key: str, transport: dict[str, Any]
    ) -> None:
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.storage.blob import BlobServiceClient, LinearRetry

        self._client = BlobServiceClient(
            endpoint.rstrip("/"),
            AzureNamedKeyCredential(name, key),
            retry_policy=LinearRetry(
                backoff=0, retry_total=RETRIES, random_jitter_range=0
            ),
            **transport,
        )

    def make(self, container: str) -> None:
        """Make a container, if there is none of that name."""
        with as_sentences():
            from azure.core.exceptions import ResourceExistsError

            with suppress(ResourceExistsError):
                self._client.create_container(container)

    def upload(self, container: str, name: str, content: bytes) -> None:
        """Store a blob, in the place of one of that name."""
        with as_sentences():
            self._client.get_blob_client(container, name).upload_blob(
                content, overwrite=True
            )
