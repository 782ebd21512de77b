"""The child: one order a line on standard input, its parts on standard output.

Answers begin with a line of JSON: `{"bytes": N}` and N bytes for a part, `{"done": true}` at the end of an order,
`{"refused": reason}` instead, where it cannot be met. The end of standard input ends the child.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
from typing import Any, BinaryIO

from pipelines.errors import TryOnError

NICE = 5  # shoppers before their mirrors come first


def main() -> None:
    """Serve orders with the pipeline that the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the rim, which ends us
    os.nice(NICE)
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between two parts
    draw = importlib.import_module(sys.argv[1]).load_studio()
    for line in sys.stdin.buffer:
        try:
            for part in draw(json.loads(line)):
                _answer(answers, {"bytes": len(part)}, part)
        except TryOnError as error:
            _answer(answers, {"refused": str(error)[:300]})
        else:
            _answer(answers, {"done": True})


def _answer(answers: BinaryIO, head: dict[str, Any], part: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n" + part)
    answers.flush()


if __name__ == "__main__":
    main()
