"""`workshop book`: build the book, and say where it is."""

import argparse
import sys
from pathlib import Path

from rich.progress import track

from workshop.book.site import Site
from workshop.errors import WorkshopError
from workshop.repository import ROOT

OUTPUT = ROOT / "build" / "book"


def build(output: Path) -> None:
    """Build the book in a folder; prints where it begins.

    WorkshopError where a notebook cannot be shown, or a link leads nowhere.
    """
    site = Site(ROOT, output)
    count = len(site.chapters)
    for _ in track(site.build(), "the book", total=count, transient=True):
        pass
    print(f"{output / 'index.html'}: {count} pages, and slides of lessons")


def main() -> None:
    """Run `python -m workshop.book`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    try:
        build(parser.parse_args().output)
    except WorkshopError as error:
        sys.exit(f"workshop: {error}")
