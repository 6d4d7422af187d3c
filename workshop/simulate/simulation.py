"""The simulation: arrivals go through a fleet, event by event.

The events to come are a heap: the next answer of each worker, the moments at
which instances are ready, the ticks of the rule, the points of the chart.
Arrivals are drawn one at a time. Nothing is kept of a request that has been
answered but its part in the sums, so memory grows with the fleet, not with
the number of requests.

How long something was so is summed up without looking at it in between: the
time that n things took together is the sum of their ends less the sum of
their beginnings.
"""

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush, heapreplace
from math import inf
from random import Random

from workshop.errors import WorkshopError
from workshop.simulate.checking import whole
from workshop.simulate.fleets import Fleet
from workshop.simulate.histogram import latencies
from workshop.simulate.instance import Instance, there_from_the_beginning
from workshop.simulate.ledger import Ledger
from workshop.simulate.outcome import Outcome
from workshop.simulate.over_time import OverTime
from workshop.simulate.rooms import Rooms
from workshop.simulate.scaling import Load, Tick
from workshop.simulate.times import Times, constant

TICKS_KEPT = 60
GIVES_UP_S = 3600.0  # on a rule that starts nothing for those who wait

Event = tuple[float, int, Instance | str]
TICK, POINT = "tick", "point"


def simulate(
    arrivals: Iterable[float],
    service: Times,
    fleet: Fleet,
    init: Times | None = None,
    first: Times | None = None,
    seed: int = 0,
    points: int = 400,
) -> Outcome:
    """Send the arrivals through the fleet.

    `service` is how long a worker works on a request; `first` the same for
    the first one of an instance, which is slower where code is loaded on
    first use; `init` how long an instance takes to start (none: no time).
    `points` bounds the length of what the outcome tells over time. Equal
    arguments give an equal outcome.

    Raises WorkshopError for arrivals that are not in order, not finite or
    negative, for times a distribution should not give, and when requests
    wait for an instance that the rule never starts.
    """
    whole(2, points=points)
    run = _Run(fleet, service, init or constant(0), first, seed, points)
    for at_s in arrivals:
        run.arrive(at_s)
    return run.outcome()


class _Run:
    """One simulation."""

    def __init__(
        self,
        fleet: Fleet,
        service: Times,
        init: Times,
        first: Times | None,
        seed: int,
        points: int,
    ) -> None:
        self._fleet = fleet
        self._service = service.sampler(Random(f"service {seed}"))
        self._init = init.sampler(Random(f"init {seed}"))
        self._first = (
            first.sampler(Random(f"first {seed}")) if first else self._service
        )
        self._concurrency = fleet.concurrency
        self._workers = fleet.workers
        self._shares = fleet.concurrency > fleet.workers
        self._idle_s = fleet.idle_s

        self._now = 0.0
        self._number = 0  # of the next event: equal times keep their order
        self._events: list[Event] = []
        self._rooms = Rooms(fleet.concurrency)
        self._idle = self._rooms.idle
        self._queue: deque[float] = deque()  # when each has arrived
        self._ticks: tuple[Tick, ...] = ()
        self._over_time = OverTime(points)
        self._tokens = float(fleet.ramp.instances) if fleet.ramp else inf
        self._filled_at = self._grown_at = 0.0
        self._scaled_at = -inf

        self._instances = fleet.least  # those that drain do not count
        self._draining = 0
        self._starting = 0
        self._active = 0  # starting ones, and those with a request inside
        self._working = 0  # workers
        self._in_flight = 0
        # How long that was so for all together: ends less beginnings.
        self._instance_s = self._active_s = self._working_s = 0.0
        self._tick_instance_s = self._tick_working_s = 0.0  # at the last tick

        self._ledger = Ledger(fleet)
        self._most = fleet.least

        for _ in range(fleet.least):
            self._idle.append(there_from_the_beginning(fleet.workers))
        self._push(0.0, POINT)
        if fleet.every_s < inf:
            self._push(fleet.every_s, TICK)

    def arrive(self, at_s: float) -> None:
        """A request comes, after all that happened before."""
        if not self._now <= at_s < inf:
            raise _out_of_order(at_s, self._now)
        events = self._events
        while events[0][0] <= at_s:
            self._happen()
        self._now = at_s
        self._ledger.requests += 1
        idle = self._idle
        if idle and idle[0].since + self._idle_s <= at_s:
            self._end_idle()
        instance = None if self._queue else self._rooms.pop()
        if instance is None:
            self._find_no_room(at_s)
            return
        self._enter(instance, at_s)
        if self._concurrency > 1:
            self._rooms.put(instance)

    def outcome(self) -> Outcome:
        """What it came to, once all that have arrived are answered."""
        last_s = self._now
        while self._in_flight or self._queue or self._starting:
            self._happen()
            self._forget_impatient()
            if not (self._in_flight or self._starting) and (
                self._now > last_s + GIVES_UP_S and self._queue
            ):
                raise WorkshopError(
                    f"{len(self._queue)} requests wait, and the rule wants "
                    "no instance. Let it want one where load.waiting is "
                    "above 0."
                )
        return self._sum_up()

    def _push(self, at_s: float, what: Instance | str) -> None:
        self._number += 1
        heappush(self._events, (at_s, self._number, what))

    # What happens.

    def _happen(self) -> None:
        """The next event."""
        self._now, _, what = heappop(self._events)
        if isinstance(what, Instance):
            if what.starts:
                self._get_ready(what)
            else:
                self._answer(what)
        elif what == POINT:
            self._point()
        else:
            self._tick()

    def _get_ready(self, instance: Instance) -> None:
        """An instance has started: it takes what waits."""
        instance.starts = False
        if instance.drains:
            return
        self._starting -= 1
        while instance.inside < self._concurrency and self._queue:
            self._forget_impatient()
            if self._queue:
                self._enter(instance, self._queue.popleft())
        if not instance.inside:
            self._rest(instance)
        self._rooms.put(instance)

    def _answer(self, instance: Instance) -> None:
        """A request leaves its instance, and the next one may enter."""
        self._in_flight -= 1
        if self._concurrency > 1:
            self._rooms.remove(instance)
        instance.inside -= 1
        if instance.inside < self._workers:
            self._working -= 1
            self._working_s += self._now
        if self._queue and not instance.drains:
            self._forget_impatient()
            if self._queue:
                self._enter(instance, self._queue.popleft())
        if not instance.inside:
            self._rest(instance)
        if not instance.drains:
            self._rooms.put(instance)
        elif not instance.inside:
            self._draining -= 1
            self._end(instance, self._now)

    def _rest(self, instance: Instance) -> None:
        """An instance has started, or been active, and rests."""
        now = self._now
        self._active -= 1
        self._active_s += now
        self._ledger.bill_stretch(instance, now)
        instance.rests = True
        instance.since = now

    def _tick(self) -> None:
        """The rule is asked, whether or not anything happened."""
        self._end_idle()
        self._forget_impatient()
        now, every_s = self._now, self._fleet.every_s
        there = self._instances + self._draining
        instance_s = self._instance_s + there * now
        working_s = self._working_s + self._working * now
        worked_s = working_s - self._tick_working_s
        could_s = (instance_s - self._tick_instance_s) * self._workers
        self._tick_instance_s, self._tick_working_s = instance_s, working_s
        tick = Tick(
            worked_s / could_s if could_s > 0 else 0.0,
            worked_s / every_s,
            self._in_flight,
        )
        self._ticks = (*self._ticks[1 - TICKS_KEPT :], tick)
        self._ask(len(self._queue))
        self._push(now + every_s, TICK)

    def _point(self) -> None:
        """A point of what the outcome tells over time."""
        self._end_idle()
        there = self._instances + self._draining
        next_s = self._over_time.add(there, self._active, len(self._queue))
        self._push(next_s, POINT)

    # Requests.

    def _find_no_room(self, at_s: float) -> None:
        """A request waits, or an instance starts for it, or it is refused."""
        if self._fleet.patience_s > 0:
            self._forget_impatient()
            self._queue.append(at_s)
            self._ask(len(self._queue))
            return
        started = self._ask(1)
        if started:
            self._enter(started[0], at_s)
            if self._concurrency > 1:
                self._rooms.put(started[0])
        else:
            self._ledger.throttled += 1

    def _forget_impatient(self) -> None:
        """Refuse those that have waited for too long."""
        queue, patience_s = self._queue, self._fleet.patience_s
        while queue and queue[0] + patience_s < self._now:
            queue.popleft()
            self._ledger.throttled += 1

    def _enter(self, instance: Instance, at_s: float) -> None:
        """A request that arrived at `at_s` enters an instance now.

        All that will become of it is known from here on.
        """
        now, ready_at = self._now, instance.ready_at
        service_s = self._first() if instance.is_fresh else self._service()
        if not 0 <= service_s < inf:
            raise _not_a_time(service_s)
        entered = begin = now if now > ready_at else ready_at
        if self._shares:
            begin = max(begin, instance.free_at[0])
            heapreplace(instance.free_at, begin + service_s)
        if at_s <= ready_at:
            self._ledger.cold += 1
        self._ledger.serve(begin - at_s, service_s)
        self._ledger.bill_request(instance, begin - entered + service_s)
        if instance.rests:
            instance.rests = False
            instance.since = now
            self._active += 1
            self._active_s -= now
        instance.is_fresh = False
        if instance.inside < self._workers:
            self._working += 1
            self._working_s -= now
        instance.inside += 1
        self._in_flight += 1
        self._push(begin + service_s, instance)

    # Instances.

    def _ask(self, waiting: int) -> list[Instance]:
        """Do what the rule wants; the instances that start."""
        load = Load(
            self._now,
            waiting,
            self._in_flight,
            self._instances,
            self._starting,
            self._now - self._scaled_at,
            self._ticks,
        )
        wanted = self._fleet.rule.wanted(load)
        if not isinstance(wanted, int):
            raise WorkshopError(
                f"The rule wants {wanted!r} instances; it must say a whole "
                "number. math.ceil makes one."
            )
        wanted = max(wanted, self._fleet.least)
        more = int(min(wanted, self._fleet.most)) - self._instances
        started: list[Instance] = []
        if more > 0:
            started = [self._start() for _ in range(self._granted(more))]
        elif more < 0:
            self._drain(-more)
        if started or more < 0:
            self._scaled_at = self._now
        return started

    def _granted(self, more: int) -> int:
        """How many of these the ramp allows now."""
        ramp = self._fleet.ramp
        if ramp is None:
            return more
        refilled = (self._now - self._filled_at) * ramp.instances / ramp.per_s
        self._tokens = min(ramp.instances, self._tokens + refilled)
        self._filled_at = self._now
        granted = min(more, int(self._tokens + 1e-9))
        self._tokens -= granted
        return granted

    def _start(self) -> Instance:
        init_s = self._init()
        if not 0 <= init_s < inf:
            raise _not_a_time(init_s)
        now = self._now
        instance = Instance(now, now + init_s, self._workers)
        self._ledger.init_s += init_s
        self._ledger.started += 1
        self._starting += 1
        self._active += 1
        self._active_s -= now
        self._instances += 1
        self._instance_s -= now
        self._grown_at = now
        self._most = max(self._most, self._instances + self._draining)
        self._push(instance.ready_at, instance)
        return instance

    def _drain(self, fewer: int) -> None:
        """Take out those idle for longest, then the emptiest.

        Of equally full ones the last started goes first. One that still
        starts, for nobody yet, ends at once.
        """
        self._instances -= fewer
        while fewer and self._idle:
            self._end(self._idle.popleft(), self._now)
            fewer -= 1
        for instance in self._emptiest(fewer):
            self._rooms.remove(instance)
            instance.drains = True
            if instance.starts:
                self._starting -= 1
            if instance.inside:
                self._draining += 1
            else:
                self._ledger.init_s -= instance.ready_at - self._now
                self._rest(instance)
                self._end(instance, self._now)

    def _emptiest(self, most: int) -> list[Instance]:
        """Of those that start or have a request inside, so many."""
        if not most:
            return []
        # Each of them has an event to come, and nothing else lists them all.
        events = sorted(self._events)
        found = {
            what: None for *_, what in events if isinstance(what, Instance)
        }
        stay = [instance for instance in found if not instance.drains]
        stay.sort(key=lambda one: (one.inside, -one.started_at))
        return stay[:most]

    def _end_idle(self) -> None:
        """End those that have been idle for too long by now."""
        idle, idle_s = self._idle, self._idle_s
        while idle and self._instances > self._fleet.least:
            # One that the least number kept goes when another has come.
            until = max(idle[0].since + idle_s, self._grown_at)
            if until > self._now:
                break
            self._instances -= 1
            self._end(idle.popleft(), until)

    def _end(self, instance: Instance, at_s: float) -> None:
        self._instance_s += at_s
        self._ledger.bill_life(instance, at_s)

    # The end.

    def _sum_up(self) -> Outcome:
        self._end_idle()
        if not self._over_time.points:  # nothing happened
            self._point()
        now = self._now
        instance_s = self._instance_s + self._instances * now
        for instance in self._idle:
            self._ledger.bill_life(instance, now)
        ledger = self._ledger
        step_s = self._fleet.metering.step_s
        kept = self._over_time.points
        instances, active, waiting = zip(*kept, strict=True)
        return Outcome(
            fleet=self._fleet,
            duration_s=now,
            requests=ledger.requests,
            served=ledger.requests - ledger.throttled,
            throttled=ledger.throttled,
            cold_starts=ledger.cold,
            waited=ledger.waited,
            wait_s=ledger.wait_s,
            latency=latencies(ledger.histogram, ledger.wait_s + ledger.busy_s),
            instances_started=ledger.started,
            most_instances=self._most,
            busy_s=ledger.busy_s,
            init_s=ledger.init_s,
            billed_s=ledger.steps * step_s,
            billed_init_s=ledger.init_steps * step_s,
            instance_s=instance_s,
            active_s=self._active_s,
            t_s=tuple(n * self._over_time.step_s for n in range(len(kept))),
            instances=instances,
            active=active,
            waiting=waiting,
        )


def _out_of_order(at_s: float, now_s: float) -> WorkshopError:
    if 0 <= at_s < now_s:
        return WorkshopError(
            f"An arrival at {at_s} s comes after {now_s} s; sort them."
        )
    return WorkshopError(
        f"An arrival is at {at_s} s; it must be a finite time from 0 on."
    )


def _not_a_time(seconds: float) -> WorkshopError:
    return WorkshopError(
        f"A distribution gave {seconds} s; a time is finite and 0 or more."
    )
