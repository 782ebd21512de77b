"""Walks through a grammar of `questions.py` at random: what a model without any sense could answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

PART = re.compile(r'"(?:[^"\\]|\\.)*"|[a-z]\w*|[()|?]')


def walk(grammar: str, chance: np.random.Generator) -> str:
    """Return one answer that the grammar allows."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())

    def said(rule: str) -> str:
        return alternatives(iter(PART.findall(rule)))

    def alternatives(parts: Iterator[str]) -> str:
        """Read up to the closing bracket, and choose one of what stands between the strokes."""
        found: list[list[str]] = [[]]
        for part in parts:
            if part == ")":
                break
            if part == "|":
                found.append([])
            elif part == "?":
                found[-1][-1] *= int(chance.integers(2))
            elif part == "(":
                found[-1].append(alternatives(parts))
            elif part.startswith('"'):
                found[-1].append(re.sub(r"\\(.)", lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), part[1:-1]))
            else:
                found[-1].append(said(rules[part]))
        return "".join(found[chance.integers(len(found))])

    return said(rules["root"])
