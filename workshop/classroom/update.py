"""`workshop update`: the newest workshop, and the learner's notebooks as they
are.

Exercises and lessons are files of the repository that learners change in
place, and `git pull` refuses to touch what both sides have changed. Here the
repository moves on under them: for such a notebook only git's index is told
of the new version, and then the branch is fast-forwarded. Git leaves alone
what is in its index as the new commit has it, whatever the file holds. So a
learner's notebook is never moved, not even for a moment, and there is nothing
to put back if all this is interrupted: type it again, and it goes on.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workshop.classroom.desk import Desk, number_of
from workshop.classroom.git import git, is_clone
from workshop.errors import WorkshopError
from workshop.typed import WORKSHOP

NOTEBOOKS = ("exercises", "notebooks")


@dataclass(frozen=True)
class News:
    """Two commits of one line: where the branch is, and what it goes to."""

    root: Path
    new: str

    def changed(self, *arguments: str) -> set[str]:
        """The notebooks in which what git compares differs."""
        found = _git(
            self.root,
            *("diff", "--name-only", "--no-renames", "-z", *arguments),
            *("--", *NOTEBOOKS),
        )
        return {name for name in found.split("\0") if name}


def main(desk: Desk) -> int:
    """Fetch, move on, and say which notebooks stay; the status is 0.

    WorkshopError where that cannot be done: then nothing has changed.
    """
    root = desk.root
    _expect_clone(root)
    print("Asking for what is new ...", flush=True)
    _fetch(root)
    new = _git(root, "rev-parse", "@{upstream}").strip()
    if _is_ancestor(root, new, "HEAD"):
        print(f"This is the newest workshop. Next: `{WORKSHOP} progress`.")
        return 0
    _expect_no_commits(root, new)
    news = News(root, new)
    both = sorted(
        # What is deleted here comes back: there is nothing to keep of it.
        # What is deleted there, but changed here, is for git to refuse.
        news.changed("--diff-filter=d", "HEAD")
        & news.changed("--diff-filter=d", "HEAD", new)
    )
    with _index_ahead(news, both):
        _fast_forward(root, new)
    print("The workshop is up to date.")
    for name in both:
        print(_kept(name))
    print(
        "\nNext: `make lab` brings the environment up to date, too, and "
        f"`{WORKSHOP} progress` shows where you are."
    )
    return 0


@contextlib.contextmanager
def _index_ahead(news: News, names: list[str]) -> Iterator[None]:
    """Let the index have these as the new commit has them; undo on failure.

    The files themselves are not touched.
    """
    try:
        for name in names:
            mode, _, blob, *_ = _git(
                news.root, "ls-tree", news.new, name
            ).split()
            entry = f"{mode},{blob},{name}"
            _git(news.root, "update-index", "--cacheinfo", entry)
        yield
    except BaseException:
        if names:
            git(news.root, "reset", "--quiet", "--", *names)
        raise


def _fast_forward(root: Path, new: str) -> None:
    merged = git(root, "merge", "--ff-only", "--quiet", new)
    if not merged.returncode:
        return
    files = [
        line.strip()
        for line in merged.stderr.splitlines()
        if line.startswith("\t")
    ]
    if files:
        raise WorkshopError(
            f"You have changed {', '.join(files)}, and the new workshop "
            "changes that, too. Nothing was changed now. Keep a copy of what "
            f"you want of it, then `git restore {' '.join(files)}` (or move "
            "it away, where git does not know it), and type this again."
        )
    raise WorkshopError(
        f"git could not move on: {_last(merged.stderr)} Nothing was changed."
    )


def _kept(name: str) -> str:
    """What has become of a notebook that both sides have changed."""
    path = PurePosixPath(name)
    if path.parts[0] == "exercises":
        number = number_of(path.stem)
        return (
            f"{name} stays as you have it. `{WORKSHOP} reset {number}` gives "
            "you the new version, and keeps a copy of yours."
        )
    return (
        f"{name} stays as you have it. `git restore {name}` gives you the "
        "new version, and throws yours away."
    )


def _expect_clone(root: Path) -> None:
    if not is_clone(root):
        raise WorkshopError(
            "This folder was not made by git clone, so it cannot be "
            "updated. Clone the workshop anew beside it, and copy your "
            "notebooks from exercises/ into the new one."
        )
    unfinished = git(root, "rev-parse", "--quiet", "--verify", "MERGE_HEAD")
    if not unfinished.returncode:
        raise WorkshopError(
            "A git merge is unfinished here. `git merge --abort` takes it "
            "back; then type this again."
        )
    upstream = git(root, "rev-parse", "--abbrev-ref", "@{upstream}")
    if upstream.returncode:
        raise WorkshopError(
            "git does not know where this branch comes from. `git switch "
            "main` goes to the one that you cloned; then type this again."
        )


def _fetch(root: Path) -> None:
    fetched = git(root, "fetch", "--quiet")
    if fetched.returncode:
        raise WorkshopError(
            f"What is new could not be fetched: {_last(fetched.stderr)} "
            "Nothing was changed. Is the network there? Type this again."
        )


def _expect_no_commits(root: Path, new: str) -> None:
    """Commits of the learner's own would need a merge, line by line."""
    if _is_ancestor(root, "HEAD", new):
        return
    base = _git(root, "merge-base", "HEAD", new).strip()[:12]
    raise WorkshopError(
        "You have commits of your own here, and to merge notebooks line by "
        "line would break them. Nothing was changed. These two keep your "
        f"commits on a branch, and every file as it is:\n\n"
        f"    git branch my-commits\n    git reset --soft {base}\n\n"
        f"Then type `{WORKSHOP} update` again."
    )


def _is_ancestor(root: Path, one: str, other: str) -> bool:
    found = git(root, "merge-base", "--is-ancestor", one, other)
    return not found.returncode


def _git(root: Path, *arguments: str) -> str:
    """What git prints; WorkshopError with its own words if it fails."""
    ran = git(root, *arguments)
    if ran.returncode:
        raise WorkshopError(
            f"git {arguments[0]} failed: {_last(ran.stderr)} Your notebooks "
            "are as they were."
        )
    return ran.stdout


def _last(words: str) -> str:
    """The line of git's that says why, as a sentence."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    fatal = [li for li in lines if li.startswith(("fatal:", "error:"))]
    said = (fatal or lines or ["it does not say why"])[0]
    return (
        said.removeprefix("fatal: ").removeprefix("error: ").rstrip(".") + "."
    )
