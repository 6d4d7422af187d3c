"""`workshop deploy|destroy container`: from the options to the status."""

import tempfile
from pathlib import Path

from workshop.deploy import consent
from workshop.deploy.google import destroy, options, shown
from workshop.deploy.google.deployment import INTERVAL_S, Deployment
from workshop.deploy.google.gcloud import Gcloud, check_program
from workshop.deploy.google.names import check_project, check_region
from workshop.deploy.google.plan import plan_of, undoing
from workshop.deploy.stopping import INTERRUPTED, signals_as_ctrl_c

SHOWN_PROJECT = "PROJECT"  # in its place, where none is named


@signals_as_ctrl_c()
def main_deploy(told: options.Deploy, interval_s: float = INTERVAL_S) -> int:
    """Deploy the container and ask it; the exit status.

    0 if it answers, 130 after Ctrl-C. Raises WorkshopError for all else,
    which says what stands by then. Runs nothing before the learner agrees.
    """
    if told.project or not told.dry_run:
        check_project(told.project)
    check_region(told.region)
    plan = plan_of(told.project or SHOWN_PROJECT, told.region)
    if told.dry_run:
        print(shown.deployment(plan))
        return 0
    check_program()  # before a question whose answer would be of no use
    print(shown.summary(plan))
    consent.ask(f"Make all of that in {told.project}?", told.yes)
    deployment = Deployment(plan, _say, interval_s)
    try:
        deployment.run()
    except KeyboardInterrupt:
        print(f"Stopped. {deployment.standing()}")
        return INTERRUPTED
    print(f"GET {deployment.url}\n{deployment.answer}")
    print(f"To delete all of it: {undoing(told.project)}")
    return 0


@signals_as_ctrl_c()
def main_destroy(told: options.Destroy) -> int:
    """Delete all that carries the label; the exit status.

    0 if nothing is left, 130 after Ctrl-C. Raises WorkshopError for all
    else.
    """
    if told.dry_run and not told.project:
        print(shown.destruction(SHOWN_PROJECT))
        return 0
    check_project(told.project)
    check_program()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return _destroy(told, Gcloud(Path(scratch), _say))
        except KeyboardInterrupt:
            print("Stopped. The same command shows what is left.")
            return INTERRUPTED


def _destroy(told: options.Destroy, gcloud: Gcloud) -> int:
    leftovers = destroy.find(gcloud, told.project)
    if not leftovers:
        print("Nothing of the workshop's is left in this project.")
        return 0
    for one in leftovers:
        print(one)
    if told.dry_run:
        return 0
    consent.ask(f"Delete all of it in {told.project}?", told.yes)
    destroy.delete(gcloud, leftovers, _say)
    print("Nothing of the workshop's is left in this project.")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
