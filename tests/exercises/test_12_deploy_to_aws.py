"""What the module of exercise 12 must do: one check, one sentence.

The functions are called in a process of their own, see deployer.py, with
clients of a real local Lambda; what they have done is read from its own
lists, and from the requests that they made.
"""

import json
from functools import cache
from itertools import pairwise

import boto3
import pytest
from cloud_functions import create, created, package_lean
from deployer import play

from workshop.deploy.aws.names import TAG_LIST, TAGS, role_path

NAME = "workshop-first"
GROUP = f"/aws/lambda/{NAME}"
REGION = "us-east-1"
ROLE = f"{NAME}-{REGION}"
ARN = "arn:aws:iam::123456789012:role/somebody"
PAPER = """
class OutOfPaper(Exception):
    pass


def handler(event, context):
    if event.get("fail"):
        raise OutOfPaper("tray 2 is empty")
    if event.get("fake"):
        print("REPORT RequestId: 1\\tDuration: 9999.00 ms\\tBilled Duration: "
              "9999 ms\\tMemory Size: 9999 MB\\tMax Memory Used: 9999 MB\\t")
    return event
"""


OURS = "workshop-second"
THEIRS = "workshop-theirs"
OWN = "press"  # of step 5


class Stage:
    """A local Lambda on which answers play; the same play only once."""

    def __init__(self, cloud):
        self.connection = cloud.connection
        self.functions, self.roles, self.logs = (
            boto3.client(service, **cloud.connection)
            for service in ("lambda", "iam", "logs")
        )
        self.paths = {}
        self.play = cache(self._play)
        self.package = package_lean(PAPER)
        self.others = set()

    def __call__(self, answer, *calls, before=None):
        """What calls came to, and then the names of all that is there."""
        self.paths[answer.source] = answer.path
        return self.play(answer.source, before, *calls)

    def _play(self, source, before, *calls):
        self.others = {*self.names(), f"/aws/lambda/{OWN}"}
        if before:
            before(self)
        try:
            scenes = play(self.paths[source], self.connection, *calls)
        finally:
            left = self.inventory()
            self.delete(left)
        return scenes, left

    def make(self, name, tags):
        """A function, its log group and its role, with these tags."""
        create(self.functions, name, self.package, Role=ARN, Tags=tags)
        self.logs.create_log_group(
            logGroupName=f"/aws/lambda/{name}", tags=tags
        )
        self.make_role(f"{name}-{REGION}", tags)

    def make_role(self, role, tags):
        """A role in the workshop's path, with one policy."""
        self.roles.create_role(
            RoleName=role,
            Path=role_path(REGION),
            AssumeRolePolicyDocument="{}",
            Tags=[{"Key": key, "Value": tags[key]} for key in tags],
        )
        nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [nothing]}
        self.roles.put_role_policy(
            RoleName=role,
            PolicyName="own-log-group",
            PolicyDocument=json.dumps(document),
        )

    def inventory(self):
        """What there is, by its name, but for what is others'."""
        return [name for name in self.names() if name not in self.others]

    def names(self):
        """The names of all that there is."""
        functions = self.functions.list_functions()["Functions"]
        groups = self.logs.describe_log_groups()["logGroups"]
        roles = self.roles.list_roles()["Roles"]
        return [
            *(one["FunctionName"] for one in functions),
            *(one["logGroupName"] for one in groups),
            *(one["RoleName"] for one in roles),
        ]

    def delete(self, names):
        """Delete functions, log groups and roles."""
        for name in names:
            if name.startswith("/"):
                self.logs.delete_log_group(logGroupName=name)
            elif name.endswith(REGION):
                inside = self.roles.list_role_policies(RoleName=name)
                for policy in inside["PolicyNames"]:
                    self.roles.delete_role_policy(
                        RoleName=name, PolicyName=policy
                    )
                self.roles.delete_role(RoleName=name)
            else:
                self.functions.delete_function(FunctionName=name)


@pytest.fixture(scope="session")
def stage(cloud):
    """The stage of all checks."""
    stage = Stage(cloud)
    with created(stage.functions, OWN, stage.package, Role=ARN):
        yield stage


def reject(scene, expected, hint):
    """Fail, saying what was expected, what came and what to look at."""
    came = str(scene).replace("\n", "\n            ")
    pytest.fail(
        f"{scene.call}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def parameters(scene, operation):
    """Of the first request of a kind that was made; none if there is none."""
    for name, told in zip(scene.requests, scene.parameters, strict=True):
        if name == operation:
            return told
    return {}


def fields(scene):
    """What was returned, if it has fields."""
    return scene.value if isinstance(scene.value, dict) else {}


def theirs(stage):
    stage.make(THEIRS, {"owner": "somebody else"})


def ours(stage):
    stage.make(NAME, TAGS)


def mixed(stage):
    for name in NAME, OURS:
        stage.make(name, TAGS)
    stage.make(THEIRS, {"owner": "somebody else"})
    stage.make("workshop-other", {"workshop": "of another"})


# Step 1: a package

FILES = '{"loop.py": b"import os", "bootstrap": b"#!/bin/sh"}'
TURNED = '{"bootstrap": b"#!/bin/sh", "loop.py": b"import os"}'
PACKED = f"unzipped(zip_of({FILES}))"
SAME = (
    f"zip_of({FILES}) == zip_of({TURNED}) != None",
    f"zip_of({FILES}) == later(lambda: zip_of({FILES})) != None",
)


def packed(stage, answer):
    """What zip_of came to, and the text and the mode of its files."""
    (scene, *same), _ = stage(answer, PACKED, *SAME)
    return scene, same, fields(scene)


def test_the_zip_has_the_files(answer, stage):
    scene, _, files = packed(stage, answer)
    texts = {name: text for name, (text, _) in files.items()}
    if texts != {"loop.py": "import os", "bootstrap": "#!/bin/sh"}:
        reject(
            scene,
            "a zip of bootstrap and loop.py, with their contents",
            "archive.writestr(entry, content) for each file; the bytes are "
            "buffer.getvalue(), and whole only after the with block",
        )


def test_the_bootstrap_may_be_executed(answer, stage):
    scene, _, files = packed(stage, answer)
    if files.get("bootstrap", ["", ""])[1] != "0755":
        reject(
            scene,
            "bootstrap with the mode 0755",
            "entry.external_attr = 0o755 << 16: the upper half is the mode; "
            "without its execute bits Lambda cannot start the file",
        )


def test_everyone_may_read_the_other_files(answer, stage):
    scene, _, files = packed(stage, answer)
    if files.get("loop.py", ["", ""])[1] != "0644":
        reject(
            scene,
            "loop.py with the mode 0644",
            "writestr alone gives 0600, and Lambda runs the function as "
            "another user; only bootstrap is to be executed",
        )


def test_the_same_files_are_the_same_bytes(answer, stage):
    for scene in packed(stage, answer)[1]:
        if scene.value is not True:
            reject(
                scene,
                "the same bytes, in any order of the files, at any time",
                "take sorted(files), and ZipInfo(name, (1980, 1, 1, 0, 0, "
                "0)) for each: a zip keeps the order and the dates",
            )


# Step 2: patience


TIMES = 0, 3, 4, 1000
OTHERS = (
    "'AccessDeniedException', 'not authorized'",
    "'InvalidParameterValueException', 'Unzipped size must be smaller'",
    "'ResourceConflictException', 'cannot be assumed by Lambda'",
)


def asked(stage, answer, of=TIMES[0]):
    """What patiently came to with so many refusals, or with other errors."""
    refusals = [f"{times}, *UNKNOWN_ROLE" for times in TIMES]
    refusals += [f"1, {error}" for error in OTHERS]
    calls = [f"patiently(refusing({told}), sleep)" for told in refusals]
    scenes, _ = stage(answer, *calls)
    return dict(zip((*TIMES, *OTHERS), scenes, strict=True))[of]


def test_what_is_answered_is_returned_at_once(answer, stage):
    scene = asked(stage, answer, 0)
    if scene.value != "answer 1" or scene.pauses:
        reject(
            scene,
            "'answer 1', without a pause",
            "return what send() returns; pause only after it has failed",
        )


def test_it_asks_again_while_the_role_is_unknown(answer, stage):
    scene = asked(stage, answer, 3)
    if scene.value != "answer 4" or len(scene.pauses) != 3:
        reject(
            scene,
            "'answer 4', after three pauses",
            "a loop around try: return send(); in the except, for this "
            "error, sleep(pause_s), and round again",
        )


def test_each_pause_is_longer(answer, stage):
    pauses = asked(stage, answer, 4).pauses
    grows = all(a < b <= 4 * a for a, b in pairwise(pauses))
    if not grows or len(pauses) < 4 or pauses[0] > 2:
        reject(
            asked(stage, answer, 4),
            "four pauses, such as 1, 2, 4 and 8 s",
            "begin with 1 s and double it: most roles are known soon, and "
            "those that are not are not known sooner for being asked about",
        )


def test_it_gives_up_with_the_last_error(answer, stage):
    scene = asked(stage, answer, 1000)
    last = f"({len(scene.pauses) + 1})"
    if scene.error != "ClientError" or last not in scene.message:
        reject(
            scene,
            "in the end, the ClientError of the last time",
            "where there is no patience left, raise: it raises the error "
            "that the except has caught, in AWS's own words",
        )
    if not 30 <= sum(scene.pauses) <= 60:
        reject(
            scene,
            "at least 30 s of patience, and not more than 60",
            "add up the pauses; give up where the next one would go beyond "
            "patience_s",
        )


def test_any_other_error_is_raised_at_once(answer, stage):
    for error in OTHERS:
        scene = asked(stage, answer, error)
        if scene.error != "ClientError" or scene.pauses:
            reject(
                scene,
                "the error itself, without a pause",
                "two things tell the role's error: its Code is "
                "InvalidParameterValueException, and its Message has cannot "
                "be assumed by Lambda",
            )


# Step 3: the role

MAKE_ROLE = f"make_role(aws, {NAME!r})"
MAY = f"aws.roles.get_role_policy(RoleName={ROLE!r}, PolicyName=POLICY)"
POLICIES = f"[{MAY}['PolicyDocument'], json.loads(may_log(aws, {NAME!r}))]"
MADE = f"aws.roles.get_role(RoleName={ROLE!r})['Role']"


def roles(stage, answer):
    """What came of: the role, it, its policies, it again, somebody's."""
    calls = MAKE_ROLE, MADE, POLICIES, MAKE_ROLE
    foreign = f"make_role(aws, {THEIRS!r})"
    return stage(answer, *calls, foreign, before=theirs)[0]


def test_the_role_carries_the_tag(answer, stage):
    scene, made, *_ = roles(stage, answer)
    role = fields(made)
    if (role.get("Tags"), role.get("Path")) != (TAG_LIST, role_path(REGION)):
        reject(
            scene,
            f"a role {ROLE} with our tag, in the path {role_path(REGION)}",
            "hand create_role Path=role_path(aws) and Tags, a list of "
            '{"Key": ..., "Value": ...}: what has no tag is not found again',
        )


def test_lambda_may_take_the_role_on(answer, stage):
    scene, made, *_ = roles(stage, answer)
    trust = json.dumps(fields(made).get("AssumeRolePolicyDocument"))
    if "lambda.amazonaws.com" not in trust or scene.value != made.value["Arn"]:
        reject(
            scene,
            "a role with the trust policy TRUST, and its ARN returned",
            "AssumeRolePolicyDocument=TRUST; the reply has the ARN in "
            '["Role"]["Arn"]',
        )


def test_the_role_may_write_into_its_log(answer, stage):
    scene, _, policy, *_ = roles(stage, answer)
    came, expected = policy.value or ["nothing", "may_log"]
    if came != expected:
        reject(
            scene,
            f"the policy {'own-log-group'!r} inside the role: may_log",
            "put_role_policy(RoleName=..., PolicyName=POLICY, "
            "PolicyDocument=may_log(aws, name)) puts it there, and replaces "
            "an older one",
        )


def test_a_role_that_is_there_is_used(answer, stage):
    first, _, _, again, _ = roles(stage, answer)
    puts = "PutRolePolicy" in again.requests
    if not again.value or again.value != first.value or not puts:
        reject(
            again,
            f"the second time, the same ARN {first.value}, and the policy "
            "put there again",
            "except aws.roles.exceptions.EntityAlreadyExistsException: "
            "get_role answers as create_role does. An earlier run may have "
            "been stopped before the policy was there",
        )


def test_somebodys_role_is_not_touched(answer, stage):
    *_, scene = roles(stage, answer)
    changed = {"PutRolePolicy", "TagRole"} & set(scene.requests)
    if scene.error != "NotOurs" or changed:
        reject(
            scene,
            "NotOurs, and no request that changes the role",
            "where it is there already, ask is_ours about the Tags of what "
            'get_role has answered, in ["Role"], before you go on',
        )


# Step 4: the function


def make(name, code):
    return f"make_function(aws, {name!r}, {code}, {ARN!r}, sleep)"


GET = f"aws.functions.get_function(FunctionName={NAME!r})"
TAMPER = (
    f"aws.functions.update_function_configuration(FunctionName={NAME!r}, "
    "Timeout=3)"
)
READY = "setattr(wire, 'busy', 0)"
BUSY = "wire.busy"
REFUSE = "wire.refuse('CreateFunction', 2, *UNKNOWN_ROLE)"


def functions(stage, answer, part):
    """What came of a call and of those that look at what it has done."""
    calls = {
        "create": (make(NAME, "OLD"), BUSY, GET),
        "between": (READY, TAMPER, READY),
        "update": (make(NAME, "NEW"), BUSY, GET),
        "before": (READY, REFUSE),
        "new role": (make(OURS, "OLD"), READY),
        "foreign": (make(THEIRS, "NEW"),),
    }
    every = [one for each in calls.values() for one in each]
    scenes = iter(stage(answer, *every, before=theirs)[0])
    found = {name: [next(scenes) for _ in calls[name]] for name in calls}
    return found[part]


def test_the_function_has_its_settings_and_its_tag(answer, stage):
    scene, _, got = functions(stage, answer, "create")
    came = fields(got).get("Configuration", {})
    tags = fields(got).get("Tags")
    settings = came.get("Timeout"), came.get("Role"), came.get("MemorySize")
    if settings != (60, ARN, 128) or tags != TAGS:
        reject(
            scene,
            f"a function {NAME} with the settings of told, and our tag",
            'create_function(**told, Code={"ZipFile": code}, Tags=TAGS): a '
            "function without the tag is not found again",
        )


def test_it_is_patient_with_a_new_role(answer, stage):
    scene, _ = functions(stage, answer, "new role")
    asked = scene.requests.count("CreateFunction")
    if scene.error or asked != 3 or len(scene.pauses) < 2:
        reject(
            scene,
            "CreateFunction a third time, after Lambda has twice not known "
            "the role",
            "patiently(lambda: ...create_function(...), sleep): the lambda "
            "is called each time; a call inside the parentheses only once",
        )


def test_it_returns_when_the_function_is_active(answer, stage):
    scene, busy, _ = functions(stage, answer, "create")
    created = "CreateFunction" in scene.requests
    if scene.error or not created or busy.value != 0:
        reject(
            scene,
            "after CreateFunction, GetFunction until it is Active",
            'get_waiter("function_active_v2").wait(FunctionName=name) asks '
            "until it is; a function that is Pending cannot be called",
        )


def test_a_function_that_is_there_is_updated(answer, stage):
    scene, _, got = functions(stage, answer, "update")
    came = fields(got).get("Configuration", {})
    told = parameters(scene, "UpdateFunctionCode")
    if came.get("Timeout") != 60 or "ZipFile" not in told or scene.error:
        reject(
            scene,
            "the second time, UpdateFunctionCode with the new code and "
            "UpdateFunctionConfiguration with the settings, one after the "
            "other",
            "update_function_code(FunctionName=..., ZipFile=code), then "
            'the waiter "function_updated_v2", and then '
            "update_function_configuration(**told)",
        )


def test_each_update_is_waited_for(answer, stage):
    scene, busy, _ = functions(stage, answer, "update")
    updates = {"UpdateFunctionCode", "UpdateFunctionConfiguration"}
    if scene.error or updates - set(scene.requests) or busy.value != 0:
        reject(
            scene,
            "after each of the two updates, GetFunction until it is done",
            'get_waiter("function_updated_v2").wait(FunctionName=name) '
            "twice: between them, or the second is refused, and at the end, "
            "or the next call may meet the old settings",
        )


def test_somebodys_function_is_not_touched(answer, stage):
    [scene] = functions(stage, answer, "foreign")
    changed = [one for one in scene.requests if not one.startswith("Get")]
    if scene.error != "NotOurs" or set(changed) - {"CreateFunction"}:
        reject(
            scene,
            "NotOurs, and no request that changes the function",
            'get_function answers with its "Tags", if it has any: '
            'found.get("Tags", {})',
        )


# Step 5: a call

EVENT = {"tray": 2, "note": None}
EVENTS = EVENT, {"fake": True}, {"fail": True}


def called(stage, answer):
    """What came of the three events, and of the first with its log cut."""
    calls = [f"invoke(aws, '{OWN}', {event})" for event in EVENTS]
    scenes, _ = stage(answer, *calls, "wire.cut_logs()", calls[0])
    return scenes


def test_invoke_returns_the_answer(answer, stage):
    scene, *_ = called(stage, answer)
    if fields(scene).get("answer") != EVENT:
        reject(
            scene,
            f"the answer {EVENT}",
            "Payload=json.dumps(event), and "
            'json.loads(reply["Payload"].read())',
        )


FIELDS = ["Duration", "Billed Duration", "Memory Size", "Max Memory Used"]


def test_invoke_reads_the_report(answer, stage):
    scene, *_ = called(stage, answer)
    report = fields(scene).get("report", {})
    numbers = all(isinstance(one, float | int) for one in report.values())
    there = set(FIELDS) <= set(report) <= {*FIELDS, "Init Duration"}
    if not numbers or not there or report.get("Memory Size") != 128:
        reject(
            scene,
            f"a report of {', '.join(FIELDS)}, as numbers",
            'LogType="Tail", base64.b64decode(reply["LogResult"]), then the '
            "line that begins with REPORT; the name is all that stands "
            "before the colon",
        )


def test_the_last_report_is_lambdas_own(answer, stage):
    _, scene, *_ = called(stage, answer)
    report = fields(scene).get("report", {})
    if report.get("Memory Size") != 128:
        reject(
            scene,
            "the report of Lambda, with a Memory Size of 128 MB",
            "a function may print a line that begins with REPORT, too: "
            "Lambda's is the last one",
        )


def test_a_log_that_is_cut_is_read(answer, stage):
    *_, scene = called(stage, answer)
    if fields(scene).get("answer") != EVENT:
        reject(
            scene,
            f"the answer {EVENT}",
            "of the log come the last 4 KB, and here the first character is "
            'cut in two, as it may be: decode(errors="replace")',
        )


def test_a_function_that_fails_is_an_error(answer, stage):
    _, _, scene, *_ = called(stage, answer)
    told = scene.error, scene.value
    if told != ("FunctionFailed", "OutOfPaper") or "tray 2" not in (
        scene.message
    ):
        reject(
            scene,
            "FunctionFailed('OutOfPaper', 'tray 2 is empty')",
            'the status is 200 all the same: where "FunctionError" is in the '
            "reply, the payload has errorType and errorMessage",
        )


# Step 6: find

KINDS = "function", "log group", "role"


def named(name):
    """What find finds of a function."""
    names = name, f"/aws/lambda/{name}", f"{name}-{REGION}"
    return [
        {"kind": kind, "name": one}
        for kind, one in zip(KINDS, names, strict=True)
    ]


ALL = sorted(named(NAME) + named(OURS), key=lambda one: one["kind"])
EXPECTED = "\n            ".join(f"{one['kind']} {one['name']}" for one in ALL)


def items(scene):
    """What was found, in its order."""
    value = scene.value if isinstance(scene.value, list) else []
    return [one for one in value if isinstance(one, dict) and "kind" in one]


def sorted_items(scene):
    """The same, by kind and name."""
    return sorted(items(scene), key=lambda one: (one["kind"], one["name"]))


def found(stage, answer):
    """What came of find, and of find where each list has many pages."""
    calls = "find(aws)", "wire.turn_pages()", "find(aws)"
    (scene, _, paged), _ = stage(answer, *calls, before=mixed)
    return scene, paged


def test_it_finds_functions_log_groups_and_roles(answer, stage):
    scene, _ = found(stage, answer)
    kinds = [one["kind"] for one in items(scene)]
    if any(one not in items(scene) for one in ALL) or kinds != sorted(kinds):
        reject(
            scene,
            EXPECTED,
            "three lists, in this order: list_functions, our_log_groups(aws) "
            "and list_roles; for the tags of each there is a request of its "
            "own",
        )


def test_it_reads_every_page(answer, stage):
    _, scene = found(stage, answer)
    missing = [one["kind"] for one in ALL if one not in items(scene)]
    if missing:
        reject(
            scene,
            EXPECTED,
            f"a {missing[0]} is missing. AWS answers with a page at a time, "
            "and here a page has one item: listed(client, call, key) turns "
            "them",
        )


def test_what_lacks_the_tag_is_not_found(answer, stage):
    scene, _ = found(stage, answer)
    if sorted_items(scene) != ALL:
        reject(
            scene,
            EXPECTED,
            "a name proves nothing: ask is_ours about the tags of each one, "
            "which compares the value, too",
        )


# Step 7: destroy


def destroyed(stage, answer):
    calls = ("destroy(aws)",) * 2
    return stage(answer, *calls, before=mixed)


def test_it_deletes_what_is_ours(answer, stage):
    (scene, _), left = destroyed(stage, answer)
    still = sorted(name for name in left if NAME in name or OURS in name)
    if still:
        reject(
            scene,
            "nothing of ours left",
            f"still there: {', '.join(still)}. A role is deleted after the "
            "policies that are in it",
        )


def test_it_leaves_the_rest_alone(answer, stage):
    (scene, _), left = destroyed(stage, answer)
    others = [n for n in left if NAME not in n and OURS not in n]
    if len(others) != 6 or "DeleteFunction" not in scene.requests:
        reject(
            scene,
            "all that lacks our tag still there",
            "delete what find has found, and nothing by its name",
        )


def test_the_function_goes_first_and_the_role_last(answer, stage):
    (scene, _), _ = destroyed(stage, answer)
    order = ["DeleteFunction", "DeleteLogGroup", "DeleteRole"]
    made = [one for one in scene.requests if one in order]
    if list(dict.fromkeys(made)) != order or made != sorted(made):
        reject(
            scene,
            ", then ".join(order),
            "the function writes into the group and runs as the role: it "
            "must be gone before they are",
        )


def test_it_returns_what_it_has_deleted(answer, stage):
    (first, second), _ = destroyed(stage, answer)
    if sorted_items(first) != ALL:
        reject(
            first,
            EXPECTED,
            "return what find has found, after it is deleted",
        )
    if second.value != []:
        reject(
            second,
            "the second time, an empty list: nothing is left",
            "what is not found is not deleted, and no error",
        )


def test_it_goes_on_after_an_interruption(answer, stage):
    calls = []
    for operation in "DeleteLogGroup", "DeleteRole":
        calls += [f"wire.stop_before({operation!r})", "destroy(aws)"]
    scenes, left = stage(answer, *calls, "destroy(aws)", before=ours)
    if left or scenes[-1].error:
        reject(
            scenes[-1],
            "after two times Ctrl-C, the rest deleted",
            f"still there: {', '.join(left) or 'nothing'}. Delete what is "
            "found, each for itself, and of a role the policies that "
            "list_role_policies lists: they may be gone already",
        )
