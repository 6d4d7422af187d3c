"""What stands in front of a Lambda function: an API Gateway, or a URL.

"Amazon API Gateway Pricing", read 2026-11. An HTTP API counts a call once for
each 512 KB of it that are begun. A function URL costs nothing of its own: its
calls are requests of the function.

How long an API waits for its function has an end: 30 s for an HTTP API
("Quotas for configuring and running an HTTP API in API Gateway", read
2026-11), 29 s for a REST API unless the account's quota for Regional and
private ones was raised ("Amazon API Gateway integration timeout limit
increase beyond 29 seconds", AWS What's New, 2024-06).
"""

from decimal import Decimal

from workshop.billing.amount import Number, exact, ratio, times, up_to_step
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard

REGION = "us-east-1"
UNIT_KB = Decimal(512)
HTTP_LONGEST_MS, REST_LONGEST_MS = 30_000, 29_000  # of a call


def http_api(
    requests: Number,
    call_kb: Number = 1,
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What an HTTP API costs in a month; `call_kb`: the size of one call."""
    size = exact(call_kb, "call_kb")
    units = max(Decimal(1), ratio(up_to_step(size, UNIT_KB), UNIT_KB))
    counted = times(exact(requests, "requests"), units)
    till = Till.of(region, free, card)
    lines = till.lines("api_gateway.http", counted)
    return till.bill("API Gateway, HTTP API", lines)


def rest_api(
    requests: Number,
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What a REST API costs in a month, without a cache."""
    till = Till.of(region, free, card)
    lines = till.lines("api_gateway.rest", exact(requests, "requests"))
    return till.bill("API Gateway, REST API", lines)


def function_url(
    requests: Number,
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What a function URL costs in a month: nothing, and a line says so."""
    till = Till.of(region, free, card)
    lines = till.lines("lambda.url", exact(requests, "requests"))
    return till.bill("function URL", lines)
