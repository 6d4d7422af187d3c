"""The sums of a simulation: what is counted, and what is billed."""

from workshop.simulate.fleets import Fleet, Metered
from workshop.simulate.histogram import Histogram
from workshop.simulate.instance import Instance


class Ledger:
    """Counts and sums, of one fleet; times in seconds."""

    def __init__(self, fleet: Fleet) -> None:
        self._steps_of = fleet.metering.steps
        self._with_init = fleet.metering.with_init
        self._by_request = fleet.metering.of is Metered.REQUEST
        self._by_active = fleet.metering.of is Metered.ACTIVE
        self._by_instance = fleet.metering.of is Metered.INSTANCE
        self.histogram = Histogram()
        self.requests = self.throttled = self.cold = self.waited = 0
        self.wait_s = self.busy_s = self.init_s = 0.0
        self.steps = self.init_steps = 0  # billed
        self.started = 0  # instances

    def serve(self, wait_s: float, service_s: float) -> None:
        """A request has waited so long from its arrival, then is served."""
        if wait_s:
            self.waited += 1
            self.wait_s += wait_s
        self.busy_s += service_s
        self.histogram.add(wait_s + service_s)

    def bill_request(self, instance: Instance, inside_s: float) -> None:
        """A request is inside for so long, once the instance is ready.

        The first one after an init is billed together with it.
        """
        if not self._by_request:
            return
        steps = self._steps_of(inside_s)
        self.steps += steps
        if self._with_init and instance.is_fresh and not instance.rests:
            init_s = instance.ready_at - instance.started_at
            self.init_steps += self._steps_of(init_s + inside_s) - steps

    def bill_stretch(self, instance: Instance, now: float) -> None:
        """An instance has nothing to do any more: it rests from now on."""
        if not (self._by_active or instance.is_fresh):
            return
        ready_at = instance.ready_at
        active_s = now - max(instance.since, ready_at)
        steps = 0 if instance.is_fresh else self._steps_of(active_s)
        if self._by_active:
            self.steps += steps
        if self._with_init and instance.since < ready_at:
            init_s = ready_at - instance.started_at
            self.init_steps += self._steps_of(init_s + active_s) - steps

    def bill_life(self, instance: Instance, ended_at: float) -> None:
        """An instance has ended."""
        if self._by_instance:
            self.steps += self._steps_of(ended_at - instance.started_at)
