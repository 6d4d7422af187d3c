"""`workshop deploy`, `measure` and `destroy`: thin calls, as in cli.py."""

import sys
from pathlib import Path
from typing import Annotated

import typer

deploy = typer.Typer(
    help="Run what passed the checks in your own account.",
    no_args_is_help=True,
)
measure = typer.Typer(
    help="Measure a function that is deployed.", no_args_is_help=True
)
destroy = typer.Typer(
    help="Delete all that the workshop made in your account.",
    no_args_is_help=True,
)

Profile = Annotated[
    str, typer.Option(help="The profile of your account, as `aws` knows it.")
]
Region = Annotated[
    str,
    typer.Option(help="Such as eu-central-1; else the profile's."),
]
EndpointUrl = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="A local Lambda's, which `workshop serve aws` prints.",
    ),
]
FoundCredentials = Annotated[
    bool,
    typer.Option(
        "--found-credentials",
        help="Use the credentials that boto3 finds by itself: in the "
        "environment, a default profile, this machine's role.",
    ),
]
Subscription = Annotated[
    str, typer.Option(metavar="ID", help="Yours; see `az account list`.")
]
Project = Annotated[
    str, typer.Option(metavar="ID", help="Yours; see `gcloud projects list`.")
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Agree to all that it would ask.")
]


@deploy.command("aws")
def deploy_aws(
    target: Annotated[
        str,
        typer.Argument(
            help="A solution, an exercise or a folder of functions/aws."
        ),
    ],
    name: Annotated[
        str, typer.Option(help="The function's name; else the target's.")
    ] = "",
    memory: Annotated[
        int, typer.Option(metavar="MB", help="128 to 10240.")
    ] = 128,
    architecture: Annotated[
        str, typer.Option(help="x86_64 or arm64.")
    ] = "x86_64",
    url: Annotated[
        bool,
        typer.Option(
            "--url", help="With a function URL, for signed requests."
        ),
    ] = False,
    public: Annotated[
        bool,
        typer.Option("--public", help="With a URL for everyone; asks first."),
    ] = False,
    event: Annotated[
        str,
        typer.Option(
            metavar="JSON",
            help="What to call it with; else two of the kernel's.",
        ),
    ] = "",
    profile: Profile = "",
    region: Region = "",
    endpoint_url: EndpointUrl = "",
    found_credentials: FoundCredentials = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print every request; send none."),
    ] = False,
    yes: Yes = False,
) -> None:
    """Make an AWS Lambda function, call it, and tell what it cost.

    It is tried on the local Lambda first, and an exercise must pass its
    checks. Nothing is sent to an account that you have not named.
    """
    from workshop.deploy.aws.account import Where
    from workshop.deploy.aws.command import main_deploy
    from workshop.deploy.aws.options import Deploy

    where = Where(profile, region, endpoint_url, found_credentials)
    options = Deploy(
        target,
        where,
        name,
        memory,
        architecture,
        url,
        public,
        event,
        dry_run,
        yes,
    )
    sys.exit(main_deploy(options))


@measure.command("aws")
def measure_aws(
    name: Annotated[str, typer.Argument(help="Of the deployed function.")],
    workloads: Annotated[
        str, typer.Option(help="Such as hello,10-99; else all but 1000-9999.")
    ] = "",
    kernel: Annotated[
        str, typer.Option(help="The algorithm, brute or fast; else both.")
    ] = "",
    repeat: Annotated[int, typer.Option(help="How many rounds.")] = 2,
    invokes: Annotated[
        int, typer.Option(help="How many calls at most.")
    ] = 200,
    json: Annotated[
        Path | None, typer.Option(help="Write the rows here; - is stdout.")
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(help="Rows of `workshop compare --json` to show, too."),
    ] = None,
    profile: Profile = "",
    region: Region = "",
    endpoint_url: EndpointUrl = "",
    found_credentials: FoundCredentials = False,
    yes: Yes = False,
) -> None:
    """Measure a deployed function as `workshop compare` does.

    Ctrl-C keeps what is measured; the same command goes on from there.
    """
    from workshop.deploy.aws.account import Where
    from workshop.deploy.aws.command import main_measure
    from workshop.deploy.aws.options import Measure

    where = Where(profile, region, endpoint_url, found_credentials)
    options = Measure(
        name, where, workloads, kernel, repeat, invokes, json, beside, yes
    )
    sys.exit(main_measure(options))


@destroy.command("aws")
def destroy_aws(
    profile: Profile = "",
    region: Region = "",
    endpoint_url: EndpointUrl = "",
    found_credentials: FoundCredentials = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what it would delete.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Delete every function, log group and role that the workshop made.

    They are found by their tag, in one region of the account; it tells of
    others that have some.
    """
    from workshop.deploy.aws.account import Where
    from workshop.deploy.aws.command import main_destroy
    from workshop.deploy.aws.options import Destroy

    where = Where(profile, region, endpoint_url, found_credentials)
    sys.exit(main_destroy(Destroy(where, dry_run, yes)))


@deploy.command("azure")
def deploy_azure(
    target: Annotated[
        Path, typer.Argument(help="A folder with a host.json, or a notebook.")
    ],
    subscription: Subscription = "",
    location: Annotated[str, typer.Option(help="Such as westeurope.")] = "",
    name: Annotated[
        str,
        typer.Option(help="Part of all names; the target's if left out."),
    ] = "",
    output: Annotated[
        Path | None, typer.Option(help="Write the zip here, too.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show all of it; send nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Run a function app in your own Azure account.

    An exercise must pass its checks first.
    """
    from workshop.deploy.azure.command import main_deploy
    from workshop.deploy.azure.options import Deploy

    told = Deploy(target, subscription, location, name, output, dry_run, yes)
    sys.exit(main_deploy(told))


@destroy.command("azure")
def destroy_azure(
    subscription: Subscription = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show it; delete nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Delete the resource groups that carry the workshop's tag."""
    from workshop.deploy.azure.command import main_destroy
    from workshop.deploy.azure.options import Destroy

    sys.exit(main_destroy(Destroy(subscription, dry_run, yes)))


@deploy.command("container")
def deploy_container(
    project: Project = "",
    region: Annotated[
        str, typer.Option(help="Where it runs, such as europe-west1.")
    ] = "us-central1",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show all of it; run nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Run the handler as a container on Google Cloud Run.

    It takes gcloud, with its login, and no Docker: Google builds the image.
    """
    from workshop.deploy.google.command import main_deploy
    from workshop.deploy.google.options import Deploy

    sys.exit(main_deploy(Deploy(project, region, dry_run, yes)))


@destroy.command("container")
def destroy_container(
    project: Project = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show it; delete nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Delete the services and repositories with the workshop's label."""
    from workshop.deploy.google.command import main_destroy
    from workshop.deploy.google.options import Destroy

    sys.exit(main_destroy(Destroy(project, dry_run, yes)))
