"""What functions log, as boto3's `logs` client reads it."""

import boto3
import pytest

from tests.aws.test_endpoint import ECHO


@pytest.fixture
def logs(cloud):
    return boto3.client("logs", **cloud.connection)


def messages(logs, function, **options):
    events = logs.filter_log_events(
        logGroupName=f"/aws/lambda/{function.name}", **options
    )["events"]
    return [event["message"] for event in events]


def test_an_invocation_is_in_the_log_of_its_environment(create, logs):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    print('hello,', event)\n"
        "    return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']"
    )
    result = function.invoke("ü")
    events = logs.get_log_events(
        logGroupName=f"/aws/lambda/{function.name}",
        logStreamName=result.payload,
        startFromHead=True,
    )["events"]
    lines = [event["message"] for event in events]
    assert "\n".join([*lines, ""]) == result.log
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == "hello, ü"
    assert lines[-1].startswith("REPORT RequestId: ")
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)


def test_every_environment_has_a_stream_of_its_own(create, client, logs):
    function = create(ECHO)
    function.invoke(1)
    client.update_function_configuration(
        FunctionName=function.name, MemorySize=256
    )
    function.invoke(1)
    group = f"/aws/lambda/{function.name}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    assert len(set(names)) == 2
    assert all("/[$LATEST]" in name for name in names)


def test_what_is_read_once_can_be_read_again_and_goes_on(create, logs):
    function = create(ECHO)
    function.invoke(1)
    first = messages(logs, function)
    assert messages(logs, function) == first
    function.invoke(1)
    assert messages(logs, function)[: len(first)] == first
    assert len(messages(logs, function)) == 2 * len(first)


def test_a_filter_finds_lines(create, logs):
    function = create("def handle(event, *_): return print(event) or 1")
    for event in ("wheat", "chaff"):
        function.invoke(event)
    found = messages(logs, function, filterPattern="wheat")
    assert found == ["wheat"]


def test_a_deleted_group_stays_away_until_there_is_more(create, logs):
    function = create(ECHO)
    function.invoke(1)
    group = f"/aws/lambda/{function.name}"
    logs.delete_log_group(logGroupName=group)
    named = {"logGroupNamePrefix": group}
    assert logs.describe_log_groups(**named)["logGroups"] == []
    function.invoke(1)
    assert len(logs.describe_log_groups(**named)["logGroups"]) == 1


def test_an_init_that_fails_is_reported_for_each_try(create, logs):
    function = create("print('no good'); sys.exit(1)")
    function.invoke()
    lines = messages(logs, function)
    reports = [line for line in lines if line.startswith("INIT_REPORT")]
    assert [line.split("\t")[1:] for line in reports] == [
        [f"Phase: {phase}", "Status: error", "Error Type: Runtime.ExitError"]
        for phase in ("init", "invoke")
    ]
    assert lines.count("no good") == 2
    # The first try is no part of any invocation.
    assert [line.split()[0] for line in lines[-3:]] == [
        *("START", "END", "REPORT"),
    ]


def test_the_oldest_lines_go_when_nobody_reads(create, logs):
    function = create(
        "def handle(event, *_):\n"
        "    for number in range(60_000): print(number)\n"
        "    return 1",
        Timeout=60,
        MemorySize=1769,
    )
    function.invoke()
    lines = messages(logs, function, limit=10_000)
    assert int(lines[0]) > 9_000
    assert int(lines[1]) == int(lines[0]) + 1
