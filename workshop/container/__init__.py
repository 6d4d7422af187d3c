"""A local Cloud Run: requests in front, instances of a container behind."""

from workshop.container.local import LocalCloudRun as LocalCloudRun
