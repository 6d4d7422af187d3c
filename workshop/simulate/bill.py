"""What a simulated fleet costs."""

from decimal import Decimal

from workshop.billing.bill import Bill
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.platforms import Size, named
from workshop.billing.price_card import PriceCard
from workshop.billing.usage import Usage
from workshop.simulate.checking import above_zero
from workshop.simulate.fleets import Metered, Metering
from workshop.simulate.outcome import Outcome


def usage(outcome: Outcome, times: int = 1) -> Usage:
    """What is metered of a run that comes so many times a month.

    A day that is simulated comes 30 times. WorkshopError unless it comes.
    """
    above_zero(times=times)
    metering = outcome.fleet.metering
    billed_s = _exact_s(outcome.billed_s, metering) * times
    of = metering.of
    instance_s = Decimal(str(outcome.instance_s)) * times
    return Usage(
        requests=Decimal(outcome.served * times),
        billed_s=billed_s,
        init_s=_exact_s(outcome.billed_init_s, metering) * times,
        busy_s=billed_s if of is Metered.ACTIVE else None,
        instance_s=billed_s if of is Metered.INSTANCE else instance_s,
    )


def bill(
    outcome: Outcome,
    times: int = 1,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What a run costs that comes so many times a month.

    The platform's own lines, by the memory and the vCPUs of the fleet; what
    stands in front of it is not counted. WorkshopError for a size that the
    platform does not have, or a platform that is not known.
    """
    fleet = outcome.fleet
    size = Size(fleet.memory_mb, Decimal(str(fleet.vcpus)))
    return named(fleet.platform).bill(usage(outcome, times), size, free, card)


def _exact_s(seconds: float, metering: Metering) -> Decimal:
    """A whole number of steps, as a float nearly tells it."""
    steps = round(seconds / metering.step_s)
    return steps * Decimal(str(metering.step_s))
