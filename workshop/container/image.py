"""What a Dockerfile makes, without Docker: files in a folder, and a command.

Only what puts files in place and says what is run can be had that way. The
program of the command is this machine's own: `python3` is the Python below
any virtualenv, whatever FROM says. No .dockerignore is read: what COPY names
is copied, all of it, with links as links.
"""

import json
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workshop.errors import WorkshopError

# What is true of an image or a container and does not change what runs here.
WITHOUT_EFFECT = frozenset(
    {"EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "USER"}
)


@dataclass(frozen=True)
class Image:
    """What an instance is started from."""

    command: tuple[str, ...]
    folder: Path  # in which it runs
    variables: Mapping[str, str]


def lay_out(dockerfile: Path, context: Path, root: Path) -> Image:
    """Put the files of an image under `root`, which stands for its `/`.

    Raises WorkshopError for what needs Docker, or is wrong.
    """
    try:
        text = dockerfile.read_text()
    except OSError as error:
        raise WorkshopError(
            f"{dockerfile} cannot be read: {error.strerror}. A folder with "
            "no Dockerfile of its own needs --file."
        ) from error
    except UnicodeDecodeError as error:
        raise WorkshopError(
            f"{dockerfile} cannot be read: it is not UTF-8."
        ) from error
    build = _Build(context, root)
    for number, instruction, rest in _instructions(text):
        try:
            build.do(instruction, rest)
        except (OSError, ValueError) as error:
            raise WorkshopError(
                f"{dockerfile}, line {number}: {error}"
            ) from error
    command = (*build.entry_point, *build.command)
    if not command:
        raise WorkshopError(f"{dockerfile} has no CMD and no ENTRYPOINT.")
    return Image(command, build.folder, build.variables)


def _instructions(text: str) -> list[tuple[int, str, str]]:
    """Each with the number of its first line; a backslash joins lines."""
    found: list[tuple[int, str, str]] = []
    began, joined = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        began = began if joined else number
        joined += stripped.removesuffix("\\")
        if not stripped.endswith("\\"):
            word, _, rest = joined.partition(" ")
            found.append((began, word.upper(), rest.strip()))
            joined = ""
    return found


class _Build:
    def __init__(self, context: Path, root: Path) -> None:
        self._context = context.resolve()
        self._root = root
        self.folder = root
        self.variables: dict[str, str] = {}
        self.entry_point: tuple[str, ...] = ()
        self.command: tuple[str, ...] = ()
        self._known: dict[str, Callable[[str], None]] = {
            "CMD": self._cmd,
            "COPY": self._copy,
            "ENTRYPOINT": self._entry_point,
            "ENV": self._env,
            "WORKDIR": self._work_dir,
        }
        root.mkdir()

    def do(self, instruction: str, rest: str) -> None:
        if instruction in self._known:
            self._known[instruction](rest)
        elif instruction not in WITHOUT_EFFECT:
            raise ValueError(
                f"{instruction} needs Docker; the local Cloud Run knows "
                f"{', '.join(self._known)}."
            )

    def _cmd(self, rest: str) -> None:
        self.command = _command(rest)

    def _entry_point(self, rest: str) -> None:
        self.entry_point = _command(rest)

    def _env(self, rest: str) -> None:
        words = shlex.split(rest)
        if not words or "=" not in words[0]:
            raise ValueError("ENV takes NAME=value.")
        for word in words:
            name, _, value = word.partition("=")
            self.variables[name] = value

    def _work_dir(self, rest: str) -> None:
        self.folder = self._inside(rest)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        words = shlex.split(rest)
        if any(word.startswith("--from") for word in words):
            raise ValueError("COPY --from needs Docker.")
        words = [word for word in words if not word.startswith("--")]
        if len(words) < 2:
            raise ValueError("COPY takes what to copy, and where to.")
        *patterns, where = words
        sources = [path for one in patterns for path in self._found(one)]
        target = self._inside(where)
        if where.endswith(("/", ".")) or len(sources) > 1:
            target.mkdir(parents=True, exist_ok=True)
        for source in sources:
            _put(source, target)

    def _found(self, pattern: str) -> Sequence[Path]:
        relative = pattern.strip("/")
        if relative in ("", "."):
            return [self._context]
        found = sorted(self._context.glob(relative))
        if not found:
            raise ValueError(f"there is no {pattern} in {self._context}.")
        for path in found:
            if not path.resolve().is_relative_to(self._context):
                raise ValueError(f"{pattern} is outside {self._context}.")
        return found

    def _inside(self, where: str) -> Path:
        """A path of the image as one of this machine, below the root."""
        parts = PurePosixPath(where).parts
        if ".." in parts:
            raise ValueError(f"{where} may not have .. in it.")
        start = self._root if where.startswith("/") else self.folder
        return start.joinpath(*(part for part in parts if part != "/"))


def _command(rest: str) -> tuple[str, ...]:
    """The list that is written, or a shell with the line."""
    if not rest.startswith("["):
        return ("/bin/sh", "-c", rest)
    words = json.loads(rest)
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a command is a list of strings.")
    return tuple(words)


def _put(source: Path, target: Path) -> None:
    """A file into a folder or as a file; of a folder, what is in it."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
