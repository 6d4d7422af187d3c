"""What the module of exercise 10 must do: one check, one sentence.

Everything is called in a process of its own, see calls.py. Contenders are
made up, in a world whose clock the check winds, see contest.py; and once
they are functions of a local Lambda, whose own log is split, too.
"""

import base64
import random
from math import isclose
from statistics import median

import pytest
from calls import ask
from cloud_functions import created, package_lean
from contest import contest


def expect(answer, expected, hint):
    """Fail at the first call that does not give what is expected of it.

    `expected` is a dict from calls to values; ValueError is expected as an
    exception.
    """
    outcomes = ask(answer.path, *expected)
    for outcome, value in zip(outcomes, expected.values(), strict=False):
        if not is_right(outcome, value):
            wanted = "a ValueError" if value is ValueError else repr(value)
            reject(shorten(outcome.call), wanted, outcome.came, hint)


def is_right(outcome, value):
    if value is ValueError:
        return outcome.error == "ValueError"
    if isinstance(value, float) and isinstance(outcome.value, int | float):
        return isclose(outcome.value, value, rel_tol=1e-6)
    return outcome.error is None and outcome.value == value


def reject(call, expected, came, hint):
    pytest.fail(
        f"{call}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def shorten(text, most=150):
    return text if len(text) <= most else f"{text[:most]} ..."


# Step 1: sum up


def test_a_summary_has_the_number_and_the_median(answer):
    expect(
        answer,
        {
            "summary([3, 1, 90, 2]).n": 4,
            "summary([3, 1, 90, 2]).median": 2.5,
        },
        "len, and statistics.median; the mean would follow the 90",
    )


def test_the_quartiles_are_picked_from_the_sorted_times(answer):
    expect(
        answer,
        {
            "summary([8, 2, 6, 4, 5, 3, 7, 1]).low": 2,
            "summary([8, 2, 6, 4, 5, 3, 7, 1]).high": 6,
            "summary([9, 7, 5]).low": 5,
            "summary([9, 7, 5]).high": 9,
            "summary([4]).high": 4,
        },
        "sort first; the k-th smallest stands at k - 1, with "
        "k = ceil(p * n / 100)",
    )


def test_p95_is_what_one_in_twenty_exceeds(answer):
    expect(
        answer,
        {
            "summary(range(20, 0, -1)).p95": 19,
            "summary(range(1, 31)).p95": 29,
            "summary(range(1, 101)).p95": 95,
        },
        "the same rule with p = 95: of 100 times the 95th, of 20 the 19th",
    )


def test_too_few_times_have_no_p95(answer):
    expect(
        answer,
        {"summary(range(1, 20)).p95": None, "summary([7]).p95": None},
        "with fewer than 20 times there is no one in twenty: p95 is None",
    )


def test_no_time_at_all_is_a_value_error(answer):
    expect(
        answer,
        {"summary([])": ValueError},
        "look for an empty list before you reach into it, and raise "
        "ValueError",
    )


def test_a_summary_leaves_the_times_as_they_are(answer):
    expect(
        answer,
        {
            "(times := [3, 1, 2], summary(times).n, times)": [
                [3, 1, 2],
                3,
                [3, 1, 2],
            ]
        },
        "sorted(times) is a new list; times.sort() would put the caller's "
        "own in another order, and stable needs the one it has",
    )


# Step 2: two questions

WARM = (
    "REPORT RequestId: 7\tDuration: 2.25 ms\tBilled Duration: 3 ms"
    "\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t"
)
COLD = (
    WARM.replace("2.25", "4.50").replace(": 3 ms", ": 96 ms")
    + "Init Duration: 91.00 ms\t"
)
START = "START RequestId: 7 Version: $LATEST"


def test_a_cold_time_is_init_and_duration(answer):
    expect(
        answer,
        {f"split({[START, COLD, WARM]})[0]": [95.5]},
        "a caller waits for both: float(fields['Init Duration']) + "
        "float(fields['Duration'])",
    )


def test_a_warm_time_is_its_duration(answer):
    expect(
        answer,
        {f"split({[COLD, WARM, WARM]})[1]": [2.25, 2.25]},
        "a line without Init Duration is a warm one; its time is Duration, "
        "which is not what is billed",
    )


def test_other_lines_do_not_count(answer):
    printed = ["read the REPORT of May", "it says: " + WARM, "REPORTED", ""]
    expect(
        answer,
        {f"split({[*printed, WARM]})": [[], [2.25]]},
        "what a function prints is in its log, too: ask "
        "line.startswith('REPORT ')",
    )


def test_what_has_failed_is_left_out(answer):
    lines = [
        WARM + "Status: timeout",
        COLD + "Status: error\tError Type: Runtime.ExitError\t",
        WARM,
    ]
    expect(
        answer,
        {f"split({lines})": [[], [2.25]]},
        "a line with 'Status: ' tells of a time-out or a crash: pass over it",
    )


# Step 3: when is it enough?


def test_halves_with_about_the_same_median_are_stable(answer):
    calm = [10, 10.4, 10.1, 10.2, 10, 10.3, 10.1, 10.2, 10, 10.4]
    expect(
        answer,
        {f"stable({calm})": True, f"stable({[*calm, 900, *calm]})": True},
        "median(times[:half]) and median(times[-half:])",
    )


def test_a_drift_is_not_stable(answer):
    expect(
        answer,
        {
            "stable([30, 28, 26, 24, 22, 20, 18, 16, 14, 12])": False,
            "stable([12, 14, 16, 18, 20, 22, 24, 26, 28, 30])": False,
        },
        "the later half may be the faster or the slower one: compare the "
        "absolute difference",
    )


def test_the_halves_are_in_the_order_of_measuring(answer):
    expect(
        answer,
        {"stable([10, 30, 20] * 4)": True},
        "do not sort: the smaller half of any times is smaller than the "
        "larger one",
    )


def test_fewer_than_ten_are_never_stable(answer):
    expect(
        answer,
        {
            "stable([])": False,
            "stable([5] * 9)": False,
            "stable([5] * 10)": True,
        },
        "with len(times_ms) < 10 it is False, whatever they say",
    )


def test_the_middle_one_belongs_to_neither_half(answer):
    expect(
        answer,
        {
            "stable([10] * 5 + [90] + [10, 10, 10, 14, 14])": True,
            "stable([14, 14, 10, 10, 10] + [90] + [10] * 5)": True,
        },
        "half = len(times_ms) // 2, and then times_ms[:half] and "
        "times_ms[-half:]",
    )


def test_within_is_a_part_of_the_smaller_median(answer):
    up, down = "[100] * 5 + [110.5] * 5", "[110.5] * 5 + [100] * 5"
    expect(
        answer,
        {
            f"stable({up})": False,
            f"stable({down})": False,
            f"stable({up}, 0.2)": True,
            f"stable({up}, within=0.01)": False,
        },
        "abs(earlier - later) <= within * min(earlier, later)",
    )


# Step 4: in turns

# Times that never become stable: the longest contest there can be.
GROWING = [round(1.3**n, 3) for n in range(40)]
STEADY = [2.0]


NOBODY = "with nobody left there is nothing to rotate: mind % 0"


def played(answer, scripts, most=12, **world):
    """What came of a contest, and the call that it was."""
    call = f"interleaved({{{', '.join(map(repr, scripts))}}}, 9009, {most})"
    given = ", ".join(f"{key}={value}" for key, value in world.items())
    source = f"play(interleaved, {scripts!r}, {most}, {given})"
    (outcome,) = contest(answer.path, source)
    if outcome.error is not None:
        reject(
            call,
            "two dicts: the times, and who is excluded",
            outcome.came,
            NOBODY
            if outcome.error == "ZeroDivisionError"
            else "return times, excluded: two dicts",
        )
    return call, outcome.value


def rounds_of(found, names):
    """The order of the calls, in pieces of a round each."""
    order, size = found["order"], len(names)
    return [order[n : n + size] for n in range(0, len(order), size)]


def test_the_first_call_of_each_is_left_out(answer):
    scripts = {"a": [900, *GROWING], "b": [700, *GROWING]}
    call, found = played(answer, scripts, most=4)
    expected = {"a": GROWING[:4], "b": GROWING[:4]}
    if found["times"] != expected:
        reject(
            f"{call}, where each takes long at first",
            f"the times {expected}",
            found["times"],
            "call each once before the rounds, and forget what that took; "
            "what they take afterwards is kept, in order",
        )


def test_in_every_round_each_has_its_turn(answer):
    scripts = dict.fromkeys("abc", GROWING)
    call, found = played(answer, scripts)
    for number, names in enumerate(rounds_of(found, scripts)):
        if sorted(names) != list(scripts):
            reject(
                call,
                "a, b and c once, before any of them has its next turn",
                f"in round {number}, where 0 is the warm-up: "
                f"{', '.join(names)}",
                "for each round, for each contender: the loop over the "
                "rounds is the outer one",
            )


def test_the_order_changes_from_round_to_round(answer):
    scripts = dict.fromkeys("abc", GROWING)
    call, found = played(answer, scripts, most=24)
    firsts = [names[0] for names in rounds_of(found, scripts)[1:]]
    counts = {name: firsts.count(name) for name in scripts}
    if min(counts.values()) < 2:
        reject(
            call,
            "24 rounds, of which each contender begins some",
            f"so many were begun by each: {counts}",
            "rotate: first = number % len(names), and then names[first:] + "
            "names[:first]",
        )


def test_a_disturbance_falls_on_all(answer):
    scripts = {"a": STEADY, "b": STEADY}
    call, found = played(answer, scripts, busy_from_ms=24)
    medians = {name: median(took) for name, took in found["times"].items()}
    if max(medians.values()) > 1.2 * min(medians.values()):
        reject(
            f"{call}, where something else starts to run in the middle",
            "about the same median for a and b, which are the same",
            f"medians {medians}",
            "in turns, what disturbs one disturbs the others as well",
        )


def test_a_wrong_answer_excludes_and_is_quoted(answer):
    call, found = played(answer, {"a": STEADY, "b": ["9oo9"]})
    sentence = str(found["excluded"].get("b", ""))
    if "b" in found["times"] or "'9oo9'" not in sentence:
        reject(
            f"{call}, where b answers '9oo9'",
            "no times of b, and under 'b' in the second dict a sentence "
            "with '9oo9' in it",
            f"times of {', '.join(found['times']) or 'nobody'}; "
            f"excluded: {found['excluded']}",
            "compare each answer with right; the sentence has {answer!r}",
        )
    if "a" in found["excluded"]:
        reject(call, "a stays", found["excluded"], "a's answer is right")


def test_a_wrong_answer_excludes_whenever_it_comes(answer):
    scripts = {"a": GROWING, "late": [1, 1, 1, "9oo9", 1], "b": GROWING}
    call, found = played(answer, scripts)
    if "late" in found["times"] or "late" not in found["excluded"]:
        reject(
            f"{call}, where the fourth answer of late is wrong, and no other",
            "late is excluded, and its earlier times with it",
            f"times {found['times'].get('late')}",
            "look at every answer; when one is wrong, take the contender "
            "out of times as well",
        )
    scripts = {"a": GROWING, "early": ["9oo9", 1], "b": GROWING}
    call, found = played(answer, scripts)
    if "early" in found["times"] or "early" not in found["excluded"]:
        reject(
            f"{call}, where the first answer of early is wrong, and no other",
            "early is excluded",
            f"times {found['times'].get('early')}",
            "in the warm-up the time is left out, and not the answer",
        )


def test_an_excluded_one_is_not_called_again(answer):
    scripts = {"a": GROWING, "late": [1, 1, "9oo9", 1], "b": GROWING}
    call, found = played(answer, scripts)
    times = found["order"].count("late")
    if times != 3:
        reject(
            f"{call}, where the third answer of late is wrong",
            "three calls of late",
            f"{times} calls of late",
            "each round goes through the names that are left",
        )


def test_an_exception_excludes_and_the_others_go_on(answer):
    source = (
        "play(interleaved, {'a': [1, 2, 4, 8, 16], "
        "'b': [1, 1, KeyError('tray')]}, 4)"
    )
    (outcome,) = contest(answer.path, source)
    call = "interleaved({'a', 'b'}, 9009, 4), where b raises KeyError('tray')"
    expected = "4 times of a, and a sentence about b with KeyError in it"
    hint = "except Exception as error, and {error!r} in the sentence"
    if outcome.error is not None:
        reject(call, expected, outcome.came, hint)
    found = outcome.value
    told = "KeyError" in str(found["excluded"].get("b", ""))
    if len(found["times"].get("a", [])) != 4 or not told:
        reject(call, expected, outcome.came, hint)


def test_it_stops_when_all_are_stable(answer):
    settling = [90, 80, 70, 60, 50, 40, 30, 20, 10]
    scripts = {"a": STEADY, "b": [*settling, 10]}
    call, found = played(answer, scripts, most=200)
    counts = [len(took) for took in found["times"].values()]
    if counts != [30, 30]:
        reject(
            f"{call}, where a is steady, and b becomes so",
            "30 times of each: after 29 rounds b is not stable, after 30 "
            "it is",
            f"{counts} times",
            "after each round, all(stable(...) for each one's times): all, "
            "and not any",
        )


def test_it_stops_after_most_rounds(answer):
    call, found = played(answer, {"a": GROWING, "b": STEADY}, most=15)
    counts = [len(took) for took in found["times"].values()]
    if counts != [15, 15]:
        reject(
            f"{call}, where a never becomes stable",
            "15 times of each",
            f"{counts} times",
            "for number in range(most); the warm-up does not count",
        )


def test_nobody_may_be_left(answer):
    for scripts in (
        {"a": ["9oo9"], "b": ["9oo9"]},
        {"a": ["9oo9"], "b": [1, "9oo9"]},
    ):
        call, found = played(answer, scripts)
        if found["times"] or sorted(found["excluded"]) != ["a", "b"]:
            reject(
                f"{call}, where both answer wrongly",
                "no times, and two sentences",
                f"times {found['times']}, excluded {found['excluded']}",
                NOBODY,
            )


# Step 5: how many times as fast?

rng = random.Random(5)
WIDE = [round(rng.lognormvariate(3, 0.4), 2) for _ in range(40)]
CALM = [round(rng.lognormvariate(1, 0.02), 3) for _ in range(40)]


def interval(slow, fast):
    """The interval of the ratio of medians, by draws of our own."""
    drawn = random.Random(77)
    ratios = sorted(
        median(drawn.choices(slow, k=len(slow)))
        / median(drawn.choices(fast, k=len(fast)))
        for _ in range(1000)
    )
    return ratios[24], ratios[974]


def test_the_ratio_is_slow_by_fast(answer):
    expect(
        answer,
        {
            "speedup([8.0] * 12, [2.0] * 12).ratio": 4.0,
            "speedup([2.0] * 12, [8.0] * 12).ratio": 0.25,
        },
        "the first by the second: 4.0 says four times as fast",
    )


def test_the_ratio_is_that_of_the_medians(answer):
    slow = [6.0, 6.0, 6.0, 6.0, 900.0]
    expect(
        answer,
        {f"speedup({slow}, [1.0, 2.0, 2.0, 2.0, 80.0]).ratio": 3.0},
        "median(slow_ms) / median(fast_ms), of all the times and not of "
        "the drawn ones",
    )


def test_the_interval_comes_from_drawing_both(answer):
    for slow, fast in (WIDE, CALM), (CALM, WIDE):
        low, high = interval(slow, fast)
        call = f"speedup({slow}, {fast})"
        ends = ask(answer.path, f"{call}.low", f"{call}.high")
        came = [end.value for end in ends if end.error is None]
        room = 0.4 * (high - low)
        near = len(came) == 2 and all(
            isinstance(end, int | float) and abs(end - right) <= room
            for end, right in zip(came, (low, high), strict=True)
        )
        if not near:
            reject(
                shorten(call, 60),
                f"an interval from about {low:.3g} to about {high:.3g}",
                came or ends[0].came,
                "rng.choices(times, k=len(times)) for the slow ones and for "
                "the fast ones, the ratio of the two medians, 1,000 times; "
                "sorted, from the 25th to the 975th",
            )


def test_the_same_times_give_the_same_interval(answer):
    call = f"speedup({WIDE}, {CALM})"
    ends = f"({call}.low, {call}.high)"
    expect(
        answer,
        {f"{ends} == {ends}": True},
        "random.Random(SEED), made anew in each call",
    )


# Step 6: the talk's table


def test_durations_are_written_as_in_the_talk(answer):
    expect(
        answer,
        {
            "duration(0.31)": "< 1 ms",
            "duration(1)": "1 ms",
            "duration(45.4)": "45 ms",
            "duration(512)": "512 ms",
            "duration(1000)": "1.0 s",
            "duration(8140)": "8.1 s",
            "duration(70_400)": "70 s",
        },
        "ask from the smallest to the largest: below 1, below 1,000, below "
        "10,000, else",
    )


def cell(row, column, ms):
    return f"({row!r}, {column!r}): Summary(1, {ms}, 0.0, 9e9, None)"


def whole_table(*cells):
    return f"table({{{', '.join(cell(*one) for one in cells)}}})"


def test_a_table_has_a_heading_and_a_line_for_each_row(answer):
    call = whole_table(("rust warm", "hello", 0.3), ("rust warm", "big", 45))
    text = "|  | hello | big |\n|---|---|---|\n| rust warm | < 1 ms | 45 ms |"
    expect(
        answer,
        {f"{call}.rstrip()": text},
        "headings, dashes, rows; the median is what stands in a cell",
    )


def test_rows_and_columns_come_as_they_first_appear(answer):
    call = whole_table(
        ("rust", "100-999", 45), ("rust", "10-99", 1), ("node", "10-99", 2)
    )
    expect(
        answer,
        {f"{call}.splitlines()[0]": "|  | 100-999 | 10-99 |"},
        "dict.fromkeys(...) keeps each name once, in order; a set does not",
    )


def test_a_cell_that_was_not_measured_is_empty(answer):
    call = whole_table(("cold", "hello", 20), ("warm", "10-99", 1))
    expect(
        answer,
        {
            f"{call}.splitlines()[2:]": [
                "| cold | 20 ms |  |",
                "| warm |  | 1 ms |",
            ]
        },
        "summaries.get((row, column)) is None where there is none: write "
        "an empty cell, so that the next ones stay in their columns",
    )


# On the local Lambda

RIGHT = "def handler(event, context): return 'noon'"
WRONG = """
calls = 0

def handler(event, context):
    global calls
    calls += 1
    return "noon" if calls < 4 else "moon"
"""


@pytest.fixture(scope="session")
def lines(aws):
    """The lines that four invocations of a function have logged."""
    logged = []
    with created(aws, "logged", package_lean(RIGHT)):
        for _ in range(4):
            reply = aws.invoke(FunctionName="logged", LogType="Tail")
            log = base64.b64decode(reply["LogResult"]).decode()
            logged += log.splitlines()
    return logged


@pytest.fixture
def three(aws):
    """Functions x and y, and z, which answers wrongly from some time on."""
    right, wrong = map(package_lean, (RIGHT, WRONG))
    with (
        created(aws, "x", right),
        created(aws, "y", right),
        created(aws, "z", wrong),
    ):
        yield


def test_the_log_of_the_local_lambda_is_split(answer, lines):
    expect(
        answer,
        {f"[len(times) for times in split({lines})]": [1, 3]},
        "the first of four invocations was a cold one",
    )


def test_functions_of_the_local_lambda_are_measured(answer, cloud, three):
    contested = "meet(interleaved, client, 'xyz', 'noon', 12)"
    [outcome] = contest(answer.path, contested, connection=cloud.connection)
    call = "interleaved({'x', 'y', 'z'}, 'noon', 12), three functions"
    expected = "the Duration of each call of x and y after the first; not z's"
    hint = "what the contenders return is kept as it is, in order"
    if outcome.error is not None:
        reject(call, expected, outcome.came, hint)
    found = outcome.value
    reported = {name: found["took"][name][1:] for name in "xy"}
    if found["times"] != reported or list(found["excluded"]) != ["z"]:
        reject(call, expected, outcome.came, hint)
