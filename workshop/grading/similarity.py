"""Answers that are the same but for names, comments and layout.

A hint for whoever reads them: two people may have come to it, or worked
together as the course allows.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from workshop.answers import Answer, answer_in, load, read_notebook
from workshop.exercises import generate
from workshop.repository import SOLUTIONS

LONGEST = 100_000  # characters of a source that is looked at
LEAST = 60  # nodes of its syntax tree that the exercise does not have


class Solutions:
    """What an answer is compared with before it is with another's."""

    def __init__(self, stem: str) -> None:
        path = SOLUTIONS / f"{stem}.ipynb"
        self._solution = shape(load(path))
        stub = answer_in(generate(read_notebook(path)), path)
        self._least = size(stub) + LEAST

    def is_published(self, answer: Answer) -> bool:
        """Whether it is the solution, by another's hand or not."""
        return bool(self._solution) and shape(answer) == self._solution

    def is_worth_a_hint(self, answer: Answer) -> bool:
        """Whether it has enough in it that two would write it differently."""
        return size(answer) >= self._least and not self.is_published(answer)


def alike(answers: Mapping[str, Answer], stem: str) -> list[list[str]]:
    """Names whose answers to the exercise are alike, in groups."""
    known = Solutions(stem)
    groups: dict[str, list[str]] = {}
    for name, answer in answers.items():
        if known.is_worth_a_hint(answer):
            groups.setdefault(shape(answer), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


@cache
def shape(answer: Answer) -> str:
    """What is left of an answer; "" where it is no Python."""
    trees = list(_trees(answer))
    if not all(trees):
        return ""
    try:
        left = [ast.dump(_Plain().visit(tree)) for tree in trees if tree]
    except (RecursionError, MemoryError):
        return ""
    return hashlib.sha256("\n".join(left).encode()).hexdigest()


@cache
def size(answer: Answer) -> int:
    """How much there is of it, in nodes of its syntax trees."""
    return sum(
        sum(1 for _ in ast.walk(tree)) for tree in _trees(answer) if tree
    )


def _trees(answer: Answer) -> Iterable[ast.Module | None]:
    for source in (answer.source, *(part.source for part in answer.parts)):
        yield _tree(source)


def _tree(source: str) -> ast.Module | None:
    if len(source) > LONGEST:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class _Plain(ast.NodeTransformer):
    """Takes docstrings out, and numbers the names that a function binds."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def generic_visit(self, node: ast.AST) -> ast.AST:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            left = [one for one in body if not _is_text(one)]
            node.body = left  # type: ignore[attr-defined]
        return super().generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._function(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._numbers.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._numbers.get(node.arg, node.arg)
        return self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self._numbers.get(node.name or "", node.name)
        return self.generic_visit(node)

    def _function(self, node: Any) -> ast.AST:
        outer = self._numbers
        self._numbers = dict(outer)
        for name in _locals(node):
            self._numbers.setdefault(name, f"local {len(self._numbers)}")
        try:
            return self.generic_visit(node)
        finally:
            self._numbers = outer


def _is_text(node: ast.AST) -> bool:
    """Whether it is a docstring, or text that nobody takes."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _locals(function: Function) -> Iterable[str]:
    """What is local in a function, in the order of its first line."""
    found: dict[str, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            found[node.arg] = None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = None
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found[node.name] = None
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            for name in node.names:
                found.pop(name, None)
    return found
