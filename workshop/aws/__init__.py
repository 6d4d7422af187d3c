"""The local Lambda: AWS's API in front, sandboxed child processes behind."""

from workshop.aws.local import LocalLambda

__all__ = ["LocalLambda"]
