"""A few numbers at regular moments of a run whose length nobody knows yet.

The step begins small and doubles whenever there are too many points: then
every other one is dropped. So the memory is fixed, and every point is what
was true at its moment.
"""

FIRST_STEP_S = 2.0**-10


class OverTime:
    """Points of a run, at most `points` of them, at least half of these."""

    def __init__(self, points: int) -> None:
        self._most = points
        self.step_s = FIRST_STEP_S
        self.points: list[tuple[int, int, int]] = []

    def add(self, instances: int, active: int, waiting: int) -> float:
        """Keep what is true now; the moment of the next point, in s."""
        self.points.append((instances, active, waiting))
        if len(self.points) > self._most:
            del self.points[1::2]
            self.step_s *= 2
        return len(self.points) * self.step_s
