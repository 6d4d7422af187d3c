"""What gcloud refuses, as a sentence with its remedy.

Those about the login and the build are Google Cloud SDK 528's own words
(core/credentials/exceptions.py, builds/submit_util.py). The others follow the
reasons of google/api/error_reason.proto and have not been met on an account;
gcloud's own line stands before each. The first that fits is taken.
"""

import re

SENTENCES = (
    (
        "active account selected|problem refreshing|eauthentication|"
        "invalid_grant|web login",
        "gcloud has no login here, or it has ended. Sign in with "
        "`gcloud auth login`, then run the same command again.",
    ),
    (
        "[Bb]illing",
        "The project has no billing account, and even what is free wants "
        "one: link it in the console, under Billing.",
    ),
    (
        "SERVICE_DISABLED|has not been used in project",
        "What has just been switched on may not be known everywhere yet: run "
        "the same command again in a minute.",
    ),
    (
        "completed with status|BUILD FAILURE",
        "Read the build's log at the address above. If it says that a "
        "permission is denied, the account that builds, which is the "
        "project's default service account, has no role yet: give it the "
        "role Cloud Build Service Account, in the console under IAM.",
    ),
    (
        "[Pp]ermission|PERMISSION_DENIED|[Ff]orbidden|may not exist|"
        "USER_PROJECT_DENIED|CONSUMER_INVALID|roject.* not found",
        "Your login lacks a permission in this project, or there is none of "
        "this id. `gcloud projects list` shows yours, and `gcloud auth list` "
        "who you are. The owner of a project has all that is needed.",
    ),
    (
        "Unable to find the server|Max retries exceeded|"
        "onnection (refused|aborted|reset)|Network is unreachable|timed out",
        "Google Cloud cannot be reached, or the connection broke. What was "
        "asked last may have been done. Run the same command again when the "
        "network is back.",
    ),
)
LOG = re.compile(r"Logs are available at \[?\s*(\S+)")
TOLD_LINES = 4


def sentence(said: str) -> str:
    """What gcloud has said on its way out, and what to do about it."""
    remedy = next(
        (told for words, told in SENTENCES if re.search(words, said)), ""
    )
    return f"gcloud says: {_essence(said)}\n{remedy}".rstrip()


def _essence(said: str) -> str:
    """The error itself, and the address of a build's log."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next(
        (n for n, line in enumerate(lines) if line.startswith("ERROR")),
        max(len(lines) - TOLD_LINES, 0),
    )
    told = " ".join(lines[first : first + TOLD_LINES]) or "nothing"
    log = LOG.search(said)
    return f"{told} Its log: {log[1]}" if log else told
