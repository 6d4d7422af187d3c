"""One instance of a fleet, as little of it as a simulation needs."""


class Instance:
    """Where requests run: how many are inside, and since when."""

    __slots__ = (
        "drains",
        "free_at",
        "inside",
        "is_fresh",
        "ready_at",
        "rests",
        "since",
        "started_at",
        "starts",
    )

    def __init__(
        self, started_at: float, ready_at: float, workers: int
    ) -> None:
        self.started_at = started_at
        self.ready_at = ready_at
        self.inside = 0  # requests
        self.starts = True
        self.is_fresh = True  # no request yet
        self.rests = False  # ready, and without a request
        self.drains = False  # takes no more, and ends when it is empty
        self.since = started_at  # at rest or not, from this moment on
        # When each of its workers has done what is inside; a heap.
        self.free_at = [ready_at] * workers


def there_from_the_beginning(workers: int) -> Instance:
    """An instance that was ready before the first request came."""
    instance = Instance(0.0, -1.0, workers)
    instance.starts = False
    instance.rests = True
    return instance
