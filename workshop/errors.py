"""The error that a person reads: a sentence with its remedy."""


class WorkshopError(Exception):
    """What went wrong and what to do about it.

    The command line prints the message to stderr and exits with status 1.
    """
