"""The child that runs the language model: questions in, answers out, a line of JSON each.

Usage: language_model_child MODEL CONTEXT_TOKENS THREADS. Its first line is `{"ready": true}`, once the model is loaded.
A question is `{"prompt", "grammar", "lines", "longest"}`, answered with `{"answer"}` or, where it does not fit,
`{"refused"}`. The end of standard input ends the child. Whatever kills llama.cpp kills this process and no other;
nothing of ours is imported here. It writes no file and logs nothing: prompts are merchants' texts. Its memory has no
limit, as what a model needs hangs on its architecture; where memory runs out, the kernel ends this process first.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from llama_cpp import Llama
from llama_cpp.llama_grammar import LlamaGrammar

NICE = 10  # shoppers before their mirrors come first, and pictures of the mannequin


def main() -> None:
    """Answer questions with the model that the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the rim, which ends us
    os.nice(NICE)
    with suppress(OSError):  # where that may not be said
        Path("/proc/self/oom_score_adj").write_text("1000")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not stand between two answers
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path, context_tokens, threads = sys.argv[1], *map(int, sys.argv[2:4])
    llama = Llama(path, n_ctx=context_tokens, n_threads=threads, n_threads_batch=threads, verbose=False)
    told: dict[str, Any] = {"ready": True}
    while True:
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()
        if not (line := sys.stdin.buffer.readline()):
            return
        told = answer(llama, **json.loads(line))


def answer(llama: Llama, prompt: str, grammar: str, lines: int, longest: int) -> dict[str, str]:
    """Return the likeliest answer that the grammar allows: so many lines, at most so many bytes or tokens."""
    tokens = llama.tokenize(prompt.encode(), special=False)  # <|im_end|> in a shop's text is only text
    if len(tokens) + longest > llama.n_ctx():
        return {"refused": "the text is too long for it"}
    llama.reset()  # type: ignore[no-untyped-call]  # nothing of the text before this one is gone on from
    said = b""
    answering = llama.generate(tokens, temp=0.0, grammar=LlamaGrammar.from_string(grammar, verbose=False))
    for token in islice(answering, longest):
        said += llama.detokenize([token])
        if said.count(b"\n") == lines:  # the grammar's end: another token would abort the process
            return {"answer": said.decode()}
    return {"refused": "its answer has no end"}


if __name__ == "__main__":
    main()
