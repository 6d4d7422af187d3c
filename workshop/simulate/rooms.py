"""Which instance gets a request: the room in a fleet.

The one with the fewest requests inside, of these the one used last. So the
others of the idle ones grow old, the one that has been idle for longest
first.
"""

from collections import deque

from workshop.simulate.instance import Instance


class Rooms:
    """The instances that can take one more request."""

    def __init__(self, concurrency: int) -> None:
        self.idle: deque[Instance] = deque()  # longest idle first
        # By the number of requests inside; dictionaries for their order.
        self._partly: list[dict[Instance, None]] = [
            {} for _ in range(concurrency)
        ]
        self._lowest = concurrency  # no level below it has one
        self._concurrency = concurrency

    def pop(self) -> Instance | None:
        """Take the best one out, if there is one."""
        if self.idle:
            return self.idle.pop()
        while self._lowest < self._concurrency:
            level = self._partly[self._lowest]
            if level:
                return level.popitem()[0]
            self._lowest += 1
        return None

    def put(self, instance: Instance) -> None:
        """Put one in; it is full, and left out, or has room."""
        inside = instance.inside
        if not inside:
            self.idle.append(instance)
        elif inside < self._concurrency:
            self._partly[inside][instance] = None
            if inside < self._lowest:
                self._lowest = inside

    def remove(self, instance: Instance) -> None:
        """Take out one with requests inside, if it is in."""
        if instance.inside < self._concurrency:
            self._partly[instance.inside].pop(instance, None)
