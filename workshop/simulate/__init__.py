"""A fleet simulated: requests arrive, instances start, work, rest and go."""

from workshop.simulate.arrivals import (
    Arrivals,
    bursty,
    diurnal,
    from_trace,
    poisson,
)
from workshop.simulate.bill import bill, usage
from workshop.simulate.fleets import (
    Fleet,
    Metered,
    Metering,
    Ramp,
    aws_lambda,
    azure_consumption,
    azure_flex,
    cloud_run,
    fargate_fixed,
    fargate_target_tracking,
)
from workshop.simulate.outcome import Outcome
from workshop.simulate.scaling import Load, ScaleOut, Tick
from workshop.simulate.simulation import simulate
from workshop.simulate.times import Times, constant, exponential, measured

__all__ = [
    "Arrivals",
    "Fleet",
    "Load",
    "Metered",
    "Metering",
    "Outcome",
    "Ramp",
    "ScaleOut",
    "Tick",
    "Times",
    "aws_lambda",
    "azure_consumption",
    "azure_flex",
    "bill",
    "bursty",
    "cloud_run",
    "constant",
    "diurnal",
    "exponential",
    "fargate_fixed",
    "fargate_target_tracking",
    "from_trace",
    "measured",
    "poisson",
    "simulate",
    "usage",
]
