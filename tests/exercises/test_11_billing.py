"""What the module of exercise 11 must do: one check, one sentence.

The functions are called in a process of their own, see cashier.py. The last
check of a step compares many results, of numbers drawn from a seed, with
those of workshop.billing. Results may be off by what a Decimal of 28 digits
leaves out, which is far less than a float does.
"""

import random
from datetime import date
from decimal import Decimal

import pytest
from cashier import charge, shown

from workshop.billing import Rounding, Usage, aws_lambda, cloud_run, fargate
from workshop.billing.amount import up_to_step
from workshop.billing.charge import charge as charged
from workshop.billing.free_tier import UNUSED
from workshop.billing.price_card import Free, Price, Source, Tier, todays

D = Decimal
OFF = D("1e-22")  # of a result
TIMES = 60  # a check of many
MOST_QUESTIONS = 200  # halving 10**12 takes 40, each with a month or two


def expect(answer, expected, hint):
    """Fail at the first call that does not give what is expected of it.

    `expected` is a dict from calls to values: None, text, numbers, or lists
    of them; a line of a bill is (what, quantity, usd).
    """
    outcomes = charge(answer.path, *expected)
    for outcome, value in zip(outcomes, expected.values(), strict=False):
        came = outcome.value
        if not isinstance(came, dict) or not is_right(came["is"], value):
            pytest.fail(
                f"{outcome.call}\n"
                f"  expected  {in_words(value)}\n"
                f"  came      {outcome.came}\n"
                f"  hint      {hint}",
                pytrace=False,
            )


def is_right(came, expected):
    if isinstance(expected, list | tuple):
        return (
            isinstance(came, list)
            and len(came) == len(expected)
            and all(map(is_right, came, expected))
        )
    if isinstance(expected, Decimal | int):
        if not isinstance(came, dict):
            return False
        return abs(D(came["exact"]) - expected) <= OFF * abs(expected)
    return came == expected


def in_words(value):
    if isinstance(value, tuple):
        what, quantity, usd = value
        return f"{what}: {shown(quantity)} for {shown(usd)} USD"
    if isinstance(value, list):
        return f"[{', '.join(map(in_words, value))}]"
    return shown(value)


def d(number):
    """A Decimal as a call writes it."""
    text = f"{number:f}"
    return f"D({text})" if text.isdigit() else f'D("{text}")'


def drawn(rng, digits, places):
    """A Decimal of at most so many digits, some of them behind the point."""
    return D(rng.randrange(10 ** rng.randint(1, digits))).scaleb(-places)


# Step 1: round a duration up


def test_a_duration_goes_up_to_a_whole_step(answer):
    expect(
        answer,
        {
            'rounded(D("12.15"), D(1), D(1))': 13,
            "rounded(D(101), D(100), D(100))": 200,
            'rounded(D("1200.01"), D(100), D(1000))': 1300,
        },
        "up, not to the nearest: what has begun is billed. And the // of "
        "Decimals cuts off towards zero, so -(-ms // step) does not go up",
    )


def test_a_whole_number_of_steps_stays(answer):
    expect(
        answer,
        {
            "rounded(D(13), D(1), D(1))": 13,
            "rounded(D(300), D(100), D(100))": 300,
        },
        "one step more only where there is a rest",
    )


def test_a_short_call_counts_as_the_least(answer):
    expect(
        answer,
        {
            'rounded(D("0.4"), D(1), D(100))': 100,
            "rounded(D(0), D(100), D(1000))": 1000,
            "rounded(D(1001), D(100), D(1000))": 1100,
        },
        "max(least, ...): the least is a floor, and no summand",
    )


def test_many_durations_are_exact(answer):
    rng = random.Random(1)
    expected = {'rounded(D("0.3"), D("0.1"), D("0.1"))': D("0.3")}
    for _ in range(TIMES):
        step = drawn(rng, 3, rng.randint(0, 1)) + D("0.1")
        steps = rng.randint(1, 50) * step
        for ms in steps, drawn(rng, 6, 3), steps + D("1e-15"):
            call = f"rounded({d(ms)}, {d(step)}, {d(step)})"
            expected[call] = max(step, up_to_step(ms, step))
    expect(
        answer,
        expected,
        "stay with Decimals all the way: a float or a small constant added "
        "makes a whole step of the last digit",
    )


# Step 2: tiers, and what is free

PLAIN = "Price(((None, D(3)),), per=D(10))"
FREE = "Price(((None, D(3)),), free=D(20))"
TIERS = "Price(((D(100), D(5)), (D(200), D(4)), (None, D(3))))"
BOTH = "Price(((D(100), D(5)), (D(200), D(4)), (None, D(3))), free=D({}))"


def test_an_amount_is_quantity_times_price(answer):
    expect(
        answer,
        {
            f"amount(D(0), {PLAIN})": 0,
            f"amount(D(70), {PLAIN})": 21,
            f'amount(D("0.5"), {PLAIN})': D("0.15"),
        },
        "the price is for price.per units, and part of a unit costs part of "
        "it: round nothing",
    )


def test_only_what_is_above_the_free_part_is_paid(answer):
    expect(
        answer,
        {f"amount(D(50), {FREE})": 90, f"amount(D(21), {FREE})": 3},
        "price.free units cost nothing, however many come after them",
    )


def test_less_than_the_free_part_costs_nothing(answer):
    expect(
        answer,
        {f"amount(D(15), {FREE})": 0, f"amount(D(20), {FREE})": 0},
        "nobody gets money back for what is left of the free part",
    )


def test_each_part_has_the_price_of_its_tier(answer):
    expect(
        answer,
        {
            f"amount(D(100), {TIERS})": 500,
            f"amount(D(150), {TIERS})": 700,
            f"amount(D(1200), {TIERS})": 3900,
        },
        "the first 100 keep their price when the quantity goes beyond, and "
        "up_to is where a tier ends, not how much is in it",
    )


def test_the_free_part_counts_for_the_tiers(answer):
    expect(
        answer,
        {
            f"amount(D(150), {BOTH.format(20)})": 600,
            f"amount(D(210), {BOTH.format(150)})": 230,
        },
        "the free units are the first of the month, so they fill the first "
        "tier: begin at price.free, and let the tiers end where they end",
    )


def test_many_amounts_are_exact(answer):
    rng = random.Random(2)
    expected = {}
    for _ in range(TIMES):
        price = a_price(rng)
        quantity = drawn(rng, 12, rng.randint(0, 6))
        lines = charged(price, quantity, UNUSED.left(price))
        call = f"amount({d(quantity)}, {written(price)})"
        expected[call] = sum((line.amount for line in lines), D(0))
    expect(
        answer,
        expected,
        "no float and no rounding on the way, to the cent neither: the sum "
        "of a month has digits far behind it",
    )


def a_price(rng):
    """A made-up price of up to three tiers."""
    ends = sorted({drawn(rng, 7, 0) + 1 for _ in range(rng.randint(0, 2))})
    tiers = [Tier(end, drawn(rng, 5, 6)) for end in (*ends, None)]
    free = Free(drawn(rng, 6, 0), "a pool")
    source = Source("made up", date(2026, 11, 28))
    per = D(rng.choice([1, 1000, 1_000_000]))
    return Price("id", "here", "what", "unit", per, tuple(tiers), free, source)


def written(price):
    """One of the workshop's prices as a call writes it."""
    tiers = "".join(
        f"({'None' if tier.up_to is None else d(tier.up_to)}, "
        f"{d(tier.price)}), "
        for tier in price.tiers
    )
    free = price.free.amount if price.free else D(0)
    return f"Price(({tiers}), {d(price.per)}, {d(free)})"


# Step 3: a month on Lambda

EASY = (
    "dict(requests=Price(((None, D(2)),), per=D(1000)), "
    "duration=Price(((None, D(3)),), free=D(5)))"
)


def test_a_month_has_three_lines(answer):
    what = ["requests", "duration", "init"]
    expect(
        answer,
        {
            f"[line.what for line in lambda_month({arguments})]": what
            for arguments in (
                f"10, D(7), 1024, {EASY}, D(90), 1",
                f"10, D(7), 1024, {EASY}",
            )
        },
        "a list of three Line, also where the last one comes to nothing",
    )


def test_every_call_has_its_fee(answer):
    expect(
        answer,
        {
            f"lambda_month(500, D(7), 1024, {EASY}, D(90), 20)[0]": (
                "requests",
                500,
                1,
            )
        },
        "amount(Decimal(calls), prices['requests']); a cold call is one "
        "call, not two",
    )


def test_each_call_is_rounded_by_itself(answer):
    expect(
        answer,
        {
            f'lambda_month(9000, D("0.4"), 1024, {EASY})[1]': (
                "duration",
                9,
                12,
            )
        },
        "a call of 0.4 ms is billed as 1 ms: round first, then multiply",
    )


def test_a_gigabyte_has_1024_megabytes(answer):
    expect(
        answer,
        {
            f"lambda_month(1000, D(8), 512, {EASY})[1].quantity": 4,
            f"lambda_month(1000, D(8), 128, {EASY})[1].quantity": 1,
        },
        "GB-s: memory_mb / 1024, times ms / 1000",
    )


def test_a_cold_call_is_rounded_once_with_its_init(answer):
    price = "Price(((None, D(1)),))"
    prices = f"dict(requests={price}, duration={price})"
    call = f'lambda_month(1000, D("0.5"), 1024, {prices}, D("{{}}"), 100)'
    expect(
        answer,
        {
            f"{call.format('10.3')}[2]": ("init", 1, 1),
            f"{call.format('10.3')}[1]": ("duration", 1, 1),
            f"{call.format('10.6')}[2]": ("init", D("1.1"), D("1.1")),
        },
        "10.3 + 0.5 ms are billed as 11, a warm call as 1: the cold one "
        "adds 10, and the line of the duration has all calls as warm ones",
    )


def test_duration_and_init_share_what_is_free(answer):
    call = f"lambda_month(1000, D({{}}), 1024, {EASY}, D(1000), {{}})"
    expect(
        answer,
        {
            f"{call.format(4, 3)}[1:]": [("duration", 4, 0), ("init", 3, 6)],
            f"{call.format(6, 3)}[1:]": [("duration", 6, 3), ("init", 3, 9)],
            f"{call.format(1, 2)}[1:]": [("duration", 1, 0), ("init", 2, 0)],
        },
        "5 GB-s are free, once: the init costs amount(duration + init) less "
        "amount(duration)",
    )


def test_many_months_are_as_the_workshop_bills_them(answer):
    rng = random.Random(3)
    requests = todays().price("lambda.requests", aws_lambda.REGION)
    duration = todays().price("lambda.duration.x86_64", aws_lambda.REGION)
    prices = (
        f"dict(requests={written(requests)}, duration={written(duration)})"
    )
    expected = {}
    for _ in range(TIMES):
        calls = rng.randrange(10 ** rng.randint(1, 11))
        cold = rng.randint(0, calls)
        ms, init_ms = drawn(rng, 6, 2), drawn(rng, 5, 2)
        memory_mb = rng.randint(128, 10_240)
        usage = Usage.per_call(aws_lambda.ROUNDING, calls, ms, init_ms, cold)
        call = (
            f"total(lambda_month({calls}, {d(ms)}, {memory_mb}, {prices}, "
            f"{d(init_ms)}, {cold}))"
        )
        expected[call] = aws_lambda.bill(usage, memory_mb).total
    expect(
        answer,
        expected,
        "the same to the last digit: no float, no cent rounded, and no price "
        "of your own in place of the one that is handed in",
    )


# Step 4: the same on servers

SERVERS = (
    "dict(requests=Price(((None, D(2)),), per=D(1000)), "
    "cpu=Price(((None, D(3)),), per=D(3600)), "
    "memory=Price(((None, D(1)),), per=D(3600)))"
)


def test_tasks_are_enough(answer):
    expect(
        answer,
        {
            'tasks_for(1_296_000, D(1000), D("0.5"))': 1,
            'tasks_for(1_296_001, D(1000), D("0.5"))': 2,
            "tasks_for(2_592_000_000, D(250), D(1))": 250,
            'tasks_for(2_592_000_000, D(250), D("0.6"))': 417,
        },
        "up to a whole task, an int: the calls' seconds by those that one "
        "task may be busy, MONTH_S * busy",
    )


def test_there_is_at_least_one_task(answer):
    expect(
        answer,
        {'tasks_for(0, D(1000), D("0.5"))': 1},
        "a server that nobody calls is there, and is billed",
    )


def test_a_task_costs_every_second_of_the_month(answer):
    size = 'D("0.25"), D("0.5")'
    expect(
        answer,
        {
            f"fargate_month(1, {size}, {SERVERS})": [
                ("cpu", 648_000, 540),
                ("memory", 1_296_000, 360),
            ],
            f"fargate_month(3, {size}, {SERVERS})": [
                ("cpu", 1_944_000, 1620),
                ("memory", 3_888_000, 1080),
            ],
        },
        "tasks * MONTH_S seconds, times the vCPU, and times the GB; each a "
        "line, the price is for price.per of them",
    )


def test_calls_that_share_an_instance_are_billed_once(answer):
    call = f"cloud_run_month(18_000, D(1000), D(2), D(1), {SERVERS}, {{}})"
    expect(
        answer,
        {
            call.format(1): [
                ("requests", 18_000, 36),
                ("cpu", 36_000, 30),
                ("memory", 18_000, 5),
            ],
            call.format(5): [
                ("requests", 18_000, 36),
                ("cpu", 7200, 6),
                ("memory", 3600, 1),
            ],
        },
        "so many groups, not so many calls, have a time; each call still has "
        "its fee",
    )


def test_the_last_group_counts(answer):
    call = f"cloud_run_month({{}}, D(1000), D(1), D(1), {SERVERS}, 4)"
    expect(
        answer,
        {
            f"{call.format(10)}[1].quantity": 3,
            f"{call.format(12)}[1].quantity": 3,
            f"{call.format(1)}[1].quantity": 1,
        },
        "two groups of four and one of two are three groups: round up",
    )


def test_a_group_is_billed_in_steps_of_100_ms(answer):
    call = f"cloud_run_month(10, D({{}}), D(1), D(1), {SERVERS}, 5)"
    expect(
        answer,
        {
            f"{call.format(40)}[1].quantity": D("0.2"),
            f"{call.format(140)}[1].quantity": D("0.4"),
        },
        "rounded(ms, Decimal(100), Decimal(100)) for each group; the calls "
        "in it are there at the same time, so their times do not add up",
    )


def test_many_servers_are_as_the_workshop_bills_them(answer):
    rng = random.Random(4)
    run = {
        what: todays().price(f"cloud_run.{id}", cloud_run.REGION)
        for what, id in {
            "requests": "requests",
            "cpu": "request_based.vcpu",
            "memory": "request_based.memory",
        }.items()
    }
    task = {
        "cpu": todays().price("fargate.vcpu.x86_64", fargate.REGION),
        "memory": todays().price("fargate.memory.x86_64", fargate.REGION),
    }
    on_run, on_task = (
        f"dict({', '.join(f'{w}={written(p)}' for w, p in prices.items())})"
        for prices in (run, task)
    )
    expected = {}
    for _ in range(TIMES):
        calls = rng.randrange(1, 10 ** rng.randint(1, 10))
        ms, together = drawn(rng, 6, 2), rng.randint(1, 80)
        groups = up_to_step(D(calls), D(together)) / together
        busy_s = groups * Rounding(100, 100)(ms) / 1000
        usage = Usage.of(calls, 0, busy_s=busy_s)
        call = (
            f"total(cloud_run_month({calls}, {d(ms)}, D(1), "
            f'D("0.5"), {on_run}, {together}))'
        )
        expected[call] = cloud_run.request_based(usage).total
    month = Usage.of_instances(fargate.ROUNDING, 7, 30 * 24 * 3600)
    expected[f'total(fargate_month(7, D("0.25"), D("0.5"), {on_task}))'] = (
        fargate.bill(month).total
    )
    expect(
        answer,
        expected,
        "the same to the last digit: no float on the way, and the prices "
        "that are handed in",
    )


# Step 5: from how many requests on?


def search(each, server, *most):
    """A call of break_even: so much for each request, or a server."""
    return "break_even({})".format(
        ", ".join([f"lambda n: n * D({each})", f"lambda n: D({server})"])
        + "".join(f", {number}" for number in most)
    )


def test_the_break_even_is_the_fewest_requests(answer):
    expect(
        answer,
        {
            search(3, 100, 1000): 34,
            search(7, 1000, 500): 143,
            search(7, 1000): 143,
        },
        "a whole number of requests: at one less, the second must not yet be "
        "the cheaper one",
    )


def test_costing_the_same_is_not_cheaper(answer):
    expect(
        answer,
        {search(2, 100, 1000): 51, search(5, 5, 1000): 2},
        "compare with <: at 50 times 2 the two cost the same",
    )


def test_there_may_be_no_break_even(answer):
    expect(
        answer,
        {
            search(0, 100, 1000): None,
            search(2, 100, 50): None,
            search(2, 100, 40): None,
            search(2, 100, 60): 51,
        },
        "ask at `most` first: where the second is not cheaper there, it is "
        "nowhere",
    )


def test_it_may_be_the_first_request_or_the_last(answer):
    expect(
        answer,
        {
            search(2, 1, 1000): 1,
            search(2, 100, 51): 51,
            search(2, 1, 1): 1,
        },
        "both ends belong to it: begin with 0 for the low one, which is no "
        "candidate, and with `most` for the high one, which is",
    )


def test_it_asks_few_questions(answer):
    first, second = "lambda n: n * D(1)", "lambda n: D({})"
    calls = [
        f"questions(break_even, {first}, {second.format(server)})"
        for server in (999_999_999_998, 123_456_789, 5)
    ]
    for outcome in charge(answer.path, *calls):
        told = outcome.value or {"is": {"exact": "Infinity"}}
        if not 1 <= D(told["is"]["exact"]) <= MOST_QUESTIONS:
            pytest.fail(
                f"{outcome.call}\n"
                f"  expected  1 to {MOST_QUESTIONS} questions\n"
                f"  came      {outcome.came}\n"
                "  hint      ask in the middle of low and high, and keep the "
                "half in which it changes; steps of one take years",
                pytrace=False,
            )
