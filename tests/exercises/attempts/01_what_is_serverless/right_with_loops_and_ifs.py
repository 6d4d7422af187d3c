# accepted: loops, ifs, a list of what each tick needs, and no import of Load

from dataclasses import dataclass
from math import ceil


def utilisation(busy_s, instances, seconds):
    if instances == 0 or seconds == 0:
        return 0
    return busy_s / seconds / instances


def within(wanted, least, most):
    if wanted < least:
        return least
    if wanted > most:
        return most
    return wanted


@dataclass
class OneEach:
    least: int = 1
    most: int = 40

    def wanted(self, load):
        count = load.waiting
        count += load.in_flight
        return within(count, self.least, self.most)


@dataclass
class AtTarget:
    target: float = 0.6
    least: int = 1
    most: int = 40

    def wanted(self, load):
        if len(load.ticks) == 0:
            needed = load.instances
        else:
            needed = ceil(load.ticks[-1].working / self.target)
        return within(needed, self.least, self.most)


@dataclass
class Patient:
    target: float = 0.6
    ticks: int = 6
    least: int = 1
    most: int = 40

    def wanted(self, load):
        needed = []
        for number, tick in enumerate(reversed(load.ticks)):
            if number == self.ticks:
                break
            needed.append(ceil(tick.working / self.target))
        if not needed:
            needed.append(load.instances)
        return within(sorted(needed)[-1], self.least, self.most)


def my_rule():
    rule = Patient()
    rule.target = 0.5
    rule.ticks = 12
    return rule
