"""The `workshop` command: every sub-command is a thin call into a module."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from workshop.deploy.commands import deploy, destroy, measure
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES

app = typer.Typer(
    name="workshop",
    help="Serverless from the wire up: local clouds, checks and packages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
serve = typer.Typer(
    help="Run a cloud on this machine. Ctrl-C stops it.", no_args_is_help=True
)
app.add_typer(serve, name="serve")
app.add_typer(deploy, name="deploy")
app.add_typer(measure, name="measure")
app.add_typer(destroy, name="destroy")


@serve.command("aws")
def serve_aws(
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 9001,
    credentials: Annotated[
        str,
        typer.Option(
            metavar="KEY:SECRET",
            help="The credentials that clients sign with; random if left out.",
        ),
    ] = "",
    init_limit: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long a runtime may take to its first next. AWS: 10.",
        ),
    ] = 10.0,
    return_limit: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long an invocation waits for a runtime that has just "
            "answered to ask for the next event, before a cold start.",
        ),
    ] = 0.25,
    idle_limit: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long an idle environment is kept. AWS: some minutes.",
        ),
    ] = 300.0,
    concurrency: Annotated[
        int,
        typer.Option(
            min=1, help="How many invocations may run at once. AWS: 1,000."
        ),
    ] = 100,
    retry_after: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long a failed event waits for its first retry; for "
            "its second, twice as long. AWS: 60.",
        ),
    ] = 60.0,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Do not print functions' logs.")
    ] = False,
) -> None:
    """Run a local AWS Lambda: the AWS API in front, processes behind."""
    from workshop.aws.placement import Limits
    from workshop.aws.server import serve as run
    from workshop.aws.settings import Settings

    limits = Limits(
        init_limit, return_limit, idle_limit, concurrency, retry_after
    )
    run(Settings(port, credentials, limits, quiet))


@serve.command("azure")
def serve_azure(
    app: Annotated[Path, typer.Argument(help="The folder of a function app.")],
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 7071,
    ready_limit: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long a handler may take until it listens; a request "
            "waits for it four times as long. [what host.json says, or 30]",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print Debug lines, too.")
    ] = False,
) -> None:
    """Run a local Azure Functions host for one function app."""
    from workshop.azure.server import serve as run
    from workshop.azure.settings import Settings
    from workshop.deploy.package import missing_kernel

    kernel = tuple(map(str, missing_kernel(app)))
    run(Settings(str(app), port, ready_limit, verbose, kernel))


@serve.command("container")
def serve_container(
    context: Annotated[
        Path | None,
        typer.Argument(
            help="The folder that the Dockerfile copies from; functions if "
            "left out.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            "-f",
            help="The Dockerfile; the context's own if left out.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8080,
    idle: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long an instance without requests is kept. Cloud Run: "
            "up to 900.",
        ),
    ] = 900.0,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Requests at once in one instance.")
    ] = 80,
    max_instances: Annotated[
        int, typer.Option(min=1, help="Cloud Run: 100.")
    ] = 3,
    start_limit: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long an instance may take until it listens.",
        ),
    ] = 240.0,
) -> None:
    """Run a container as Cloud Run does: no Docker, no account."""
    from workshop.container.server import serve as run
    from workshop.container.settings import Limits, Settings
    from workshop.repository import FUNCTIONS

    if context is None:
        context = FUNCTIONS
        file = file or FUNCTIONS / "container" / "Dockerfile"
    limits = Limits(concurrency, max_instances, idle, start_limit)
    run(Settings(str(context), str(file or ""), port, limits))


@app.command()
def doctor() -> None:
    """Tell what is here, what is missing, what that costs, how to get it."""
    from workshop.doctor import main

    sys.exit(main())


@app.command()
def lab(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to try first.")
    ] = 8888,
    browser: Annotated[
        bool | None,
        typer.Option(
            help="Open a browser. [where there is a screen]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Open the workshop in JupyterLab. Ctrl-C stops it."""
    import os

    from workshop.lab import has_screen
    from workshop.lab import serve as run

    run(port, has_screen(os.environ) if browser is None else browser)


@app.command()
def check(
    exercise: Annotated[
        str, typer.Argument(help="A stem or its number; all when left out.")
    ] = "",
    answers: Annotated[
        Path,
        typer.Option(
            help="The folder with the notebooks.", show_default="exercises"
        ),
    ] = EXERCISES,
) -> None:
    """Judge saved exercises. The status is 1 when an answer is wrong."""
    from workshop.submissions import check as judge

    if not judge(exercise, answers):
        raise typer.Exit(1)


@app.command()
def submit(
    name: Annotated[
        str, typer.Option(help="Yours; git's, or asked for, if left out.")
    ] = "",
) -> None:
    """Run and judge every started exercise, and pack them to be handed in.

    The file is in submissions/. Ctrl-C leaves nothing behind.
    """
    from workshop.classroom.desk import Desk
    from workshop.classroom.submit import main

    sys.exit(main(Desk(), name))


@app.command()
def progress() -> None:
    """Show the way so far, and what comes next."""
    from workshop.classroom.desk import Desk
    from workshop.classroom.progress import main

    sys.exit(main(Desk()))


@app.command()
def hint(
    exercise: Annotated[str, typer.Argument(help="A stem or its number.")],
    again: Annotated[
        bool, typer.Option("--again", help="Show the hints taken so far.")
    ] = False,
) -> None:
    """Give the next of three hints for the step that you are at."""
    from workshop.classroom.desk import Desk
    from workshop.classroom.hint import main

    sys.exit(main(Desk(), exercise, again))


@app.command()
def reset(
    exercise: Annotated[str, typer.Argument(help="A stem or its number.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put an exercise back as it was; a copy of yours is kept."""
    from workshop.classroom.desk import Desk
    from workshop.classroom.reset import main

    sys.exit(main(Desk(), exercise, yes))


@app.command()
def grade(
    folder: Annotated[
        Path, typer.Argument(help="With submissions: zips, or clones.")
    ],
    csv: Annotated[
        Path | None, typer.Option(help="Write the rows here.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the page here.")
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=0,
            help="Judged at a time; 0: two more than there are processors.",
        ),
    ] = 0,
    limit: Annotated[
        float,
        typer.Option(min=1, metavar="SECONDS", help="For each answer."),
    ] = 120,
) -> None:
    """Judge a folder of submissions, each shut in.

    Ctrl-C keeps what is known. The status is 1 when something that was
    handed in could not be read, whatever the verdicts are.
    """
    from workshop.grading.command import Options, main

    sys.exit(main(Options(folder, csv, html, jobs, limit)))


@app.command()
def update() -> None:
    """Get the newest workshop; your notebooks stay as they are."""
    from workshop.classroom.desk import Desk
    from workshop.classroom.update import main

    sys.exit(main(Desk()))


@app.command()
def package(
    source: Annotated[
        Path, typer.Argument(help="A folder of functions/aws, or a notebook.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The zip to write.")
    ],
) -> None:
    """Make the zip that Lambda takes."""
    from workshop.deploy.package import write

    entries = write(source, output)
    size = output.stat().st_size
    print(f"{output}: {size:,} bytes with {', '.join(entries)}")


@app.command()
def compare(
    platform: Annotated[
        str, typer.Option(help="lambda, azure or both.")
    ] = "both",
    memory: Annotated[
        int, typer.Option(metavar="MB", help="Of the Lambda functions.")
    ] = 128,
    workloads: Annotated[
        str, typer.Option(help="Such as hello,10-99; all if left out.")
    ] = "",
    functions: Annotated[
        str, typer.Option(help="Such as python,rust; all if left out.")
    ] = "",
    kernel: Annotated[
        str,
        typer.Option(help="The algorithm: brute or fast; both if left out."),
    ] = "",
    repeat: Annotated[
        int | None,
        typer.Option(min=1, help="How many rounds. [5, with --quick 2]"),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Without 1000-9999: under two minutes."),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", help="Begin anew, where one was stopped before."
        ),
    ] = False,
    json: Annotated[
        Path | None, typer.Option(help="Write the rows here; - is stdout.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write the rows here.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(help="Draw the chart here.")
    ] = None,
) -> None:
    """Measure the talk's two tables again, on both local clouds.

    All of it takes about a quarter of an hour. Ctrl-C keeps what is measured
    and prints it; the same command goes on from there.
    """
    from workshop.compare.command import Options, main

    sys.exit(
        main(
            Options(
                platform,
                memory,
                workloads,
                functions,
                kernel,
                repeat or 0,
                quick,
                fresh,
                json,
                csv,
                svg,
            )
        )
    )


@app.command()
def bill(
    rows: Annotated[
        Path,
        typer.Option("--from", help="The rows of `workshop compare --json`."),
    ],
    requests: Annotated[
        float,
        typer.Option("--requests-per-month", help="Such as 1000000 or 1e6."),
    ],
    cold_starts: Annotated[
        float,
        typer.Option(
            metavar="PERCENT", help="Of the requests; Lambda bills their Init."
        ),
    ] = 1.0,
    free_tier: Annotated[
        str,
        typer.Option(help="What is free each month: unused or used-up."),
    ] = "unused",
    workload: Annotated[
        str,
        typer.Option(
            help="One of the file's, such as hello; all if left out."
        ),
    ] = "",
    kernel: Annotated[
        str,
        typer.Option(help="The algorithm: brute or fast; both if left out."),
    ] = "",
    json: Annotated[
        Path | None, typer.Option(help="Write every line here; - is stdout.")
    ] = None,
) -> None:
    """Tell what a month of the compared functions costs, on each platform."""
    from workshop.billing.command import Options, main

    sys.exit(
        main(
            Options(
                rows,
                requests,
                cold_starts,
                free_tier,
                workload,
                kernel,
                json,
            )
        )
    )


@app.command()
def book(
    output: Annotated[
        Path | None,
        typer.Option(
            help="The folder to write; build/book if left out.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Build the lessons as pages and slides that need no network."""
    from workshop.book.command import OUTPUT, build

    build(output or OUTPUT)


@app.command(hidden=True)
def exercises() -> None:
    """Generate exercises/ and functions/ from solutions/."""
    from workshop.exercises import export_all, write_all

    for path in [*write_all(), *export_all()]:
        print(f"{path.parent.name}/{path.name}")


@app.command(hidden=True)
def notebooks(
    stems: Annotated[
        list[str] | None, typer.Argument(help="How the stems start; all.")
    ] = None,
) -> None:
    """Execute lessons and solutions, for those who write them."""
    from workshop.notebooks import execute_all

    execute_all(stems or [])


def main() -> None:
    """Run the command line; a WorkshopError becomes one line on stderr."""
    try:
        app()
    except WorkshopError as error:
        print(f"workshop: {error}", file=sys.stderr)
        sys.exit(1)
