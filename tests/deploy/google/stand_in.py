"""A gcloud that knows one project, in a file beside it.

Run as a program: `gcloud WORDS...`. It takes the words and options that the
workshop uses and no others, and refuses what Google would refuse in the
words that gcloud has. `state` says what there is, who is logged in, and what
is to fail; `calls` keeps what was asked.
"""

import json
import sys

# What each command takes: how many names, and exactly which options.
OUTPUT = {"--project", "--quiet", "--format"}
WRITING = {"--project", "--quiet"}
COMMANDS = {
    "services list": (0, OUTPUT | {"--enabled"}),
    "services enable": (3, WRITING),
    "run services list": (0, OUTPUT),
    "run services replace": (1, WRITING | {"--region"}),
    "run services describe": (1, OUTPUT | {"--region"}),
    "run services delete": (1, WRITING | {"--region"}),
    "artifacts repositories list": (0, OUTPUT | {"--location"}),
    "artifacts repositories create": (
        1,
        WRITING | {"--location", "--repository-format", "--labels"},
    ),
    "artifacts repositories describe": (1, OUTPUT | {"--location"}),
    "artifacts repositories delete": (1, WRITING | {"--location"}),
    "builds submit": (0, WRITING | {"--no-source", "--config"}),
    "auth print-identity-token": (0, set()),
}
NEEDS = {
    "run": "run.googleapis.com",
    "artifacts": "artifactregistry.googleapis.com",
    "builds": "cloudbuild.googleapis.com",
}
NO_LOGIN = """You do not currently have an active account selected.
Please run:

  $ gcloud auth login"""


class Refused(Exception):
    """What gcloud says before it ends with a status that is not 0."""


def main(home, words):
    """One call, from its words to its status."""
    file = f"{home}/state.json"
    state = json.loads(read(file))
    state["calls"].append(words)
    write(file, state)
    name, names, options = parsed(words)
    try:
        fail(state, name, "before")
        print(answer(state, name, names, options))
        fail(state, name, "after")
    except Refused as refused:
        dotted = "gcloud." + name.replace(" ", ".")
        print(f"ERROR: ({dotted}) {refused}", file=sys.stderr)
        return 1
    finally:
        write(file, state)
    if warning := state["warnings"].get(name):
        print(f"WARNING: {warning}", file=sys.stderr)
    return 0


def read(path):
    with open(path) as file:
        return file.read()


def write(path, state):
    with open(path, "w") as file:
        json.dump(state, file)


def parsed(words):
    """The command, its names and its options; ends as argparse does."""
    for length in 3, 2:
        name = " ".join(words[:length])
        if name in COMMANDS:
            break
    else:
        sys.exit(f"ERROR: (gcloud) Invalid choice: {words}")
    count, known = COMMANDS[name]
    names = [word for word in words[length:] if not word.startswith("--")]
    options = dict(
        word.partition("=")[::2]
        for word in words[length:]
        if word.startswith("--")
    )
    if len(names) != count or set(options) != known:
        sys.exit(f"ERROR: (gcloud.{name}) unrecognized arguments: {words}")
    return name, names, options


def fail(state, name, when):
    """Refuse where that is wished for."""
    if [name, when] == state["fails"][:2]:
        raise Refused(state["fails"][2])


def answer(state, name, names, options):
    """What is printed; and the state changes."""
    if not state["login"]:
        raise Refused(NO_LOGIN)
    if name == "auth print-identity-token":
        return state["token"]
    project = options["--project"]
    if project != state["project"]:
        raise Refused(
            "PERMISSION_DENIED: Permission denied to list services for "
            f"consumer container [projects/{project}]"
        )
    api = NEEDS.get(name.split()[0])
    if api and api not in state["apis"]:
        raise Refused(f"PERMISSION_DENIED: {api} SERVICE_DISABLED")
    place = options.get("--region", options.get("--location", ""))
    return globals()[name.replace(" ", "_")](state, names, options, place)


def services_list(state, names, options, place):
    return json.dumps([{"config": {"name": one}} for one in state["apis"]])


def services_enable(state, names, options, place):
    if not state["billing"]:
        raise Refused("FAILED_PRECONDITION: Billing must be enabled.")
    state["apis"] = sorted({*state["apis"], *names})
    return ""


def artifacts_repositories_list(state, names, options, place):
    assert place == "all"
    return json.dumps(
        [
            {"name": name, "labels": one["labels"], "format": "DOCKER"}
            if one["labels"]
            else {"name": name, "format": "DOCKER"}
            for name, one in state["repositories"].items()
        ]
    )


def repository(state, name, place):
    return f"projects/{state['project']}/locations/{place}/repositories/{name}"


def artifacts_repositories_create(state, names, options, place):
    name = repository(state, names[0], place)
    if name in state["repositories"]:
        raise Refused("ALREADY_EXISTS: the repository already exists")
    assert options["--repository-format"] == "docker"
    labels = dict([options["--labels"].split("=", 1)])
    state["repositories"][name] = {"labels": labels, "images": []}
    return ""


def artifacts_repositories_describe(state, names, options, place):
    assert options["--format"] == "value(registryUri)"
    assert repository(state, names[0], place) in state["repositories"]
    return f"registry.{place}/{state['project']}/{names[0]}"


def artifacts_repositories_delete(state, names, options, place):
    if not state["repositories"].pop(repository(state, names[0], place), 0):
        raise Refused("NOT_FOUND: Requested entity was not found.")
    return ""


def builds_submit(state, names, options, place):
    import base64  # here, as most calls do without
    import io
    import tarfile

    told = json.loads(read(options["--config"]))
    [step], [image] = told["steps"], told["images"]
    assert told["options"] == {"logging": "CLOUD_LOGGING_ONLY"}
    assert f"-t {image} -" in step["args"][1]
    context = base64.b64decode(step["env"][0].partition("=")[2])
    with tarfile.open(fileobj=io.BytesIO(context)) as archive:
        assert "container/Dockerfile" in archive.getnames()
    print("Logs are available at [ https://logs/1 ].", file=sys.stderr)
    registry, _, tagged = image.rpartition("/")
    host, project, name = registry.split("/")
    region = host.removeprefix("registry.")
    assert project == state["project"]
    state["repositories"][repository(state, name, region)]["images"] += [
        tagged
    ]
    return ""


def run_services_list(state, names, options, place):
    where = "cloud.googleapis.com/location"
    return json.dumps(
        [
            {
                "metadata": {
                    "name": one["name"],
                    "labels": one["labels"] | {where: one["region"]},
                }
            }
            for one in state["services"]
        ]
    )


def run_services_replace(state, names, options, place):
    text = read(names[0])
    lines = [line.strip(" -").split(": ") for line in text.splitlines()]
    found = {  # of two with one key, the first
        words[0]: words[1].split()[0] for words in lines[::-1] if words[1:]
    }
    _, name = found["image"].rsplit("/", 1)
    images = [
        image
        for one in state["repositories"].values()
        for image in one["images"]
    ]
    assert name in images
    run_services_delete(state, [found["name"]], options, place, missing=True)
    labels = {"workshop": found["workshop"]}
    one = {"name": found["name"], "region": place, "labels": labels}
    state["services"].append(one)
    return ""


def run_services_describe(state, names, options, place):
    assert options["--format"] == "value(status.url)"
    assert [names[0], place] in [
        [one["name"], one["region"]] for one in state["services"]
    ]
    return state["url"]


def run_services_delete(state, names, options, place, missing=False):
    rest = [
        one
        for one in state["services"]
        if [one["name"], one["region"]] != [names[0], place]
    ]
    if rest == state["services"] and not missing:
        raise Refused(f"Cannot find service [{names[0]}]")
    state["services"] = rest
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
