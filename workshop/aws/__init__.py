"""The local Lambda: AWS's API in front, sandboxed child processes behind."""

from workshop.aws.by_hand import RuntimeByHand
from workshop.aws.local import LocalLambda
from workshop.aws.placement import Limits

__all__ = ["Limits", "LocalLambda", "RuntimeByHand"]
