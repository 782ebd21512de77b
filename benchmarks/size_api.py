"""How long a size answer takes over the API of the real server: from the question sent to the answer read, on loopback.

One connection, one question after the other: women and men of all builds, told height and weight, half of them with
tapes, some without their sex, every garment of the shop in turn, English and Chinese.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.body_scores import metric
from benchmarks.serving import await_ready, started
from pipelines.errors import BackendUnavailable
from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.people import load_people

ASKED, WARM, READY_S = 400, 20, 300.0
P95_MS = 20.0
TAPES = ("chest", "navel_waist", "hip")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ask ASKED questions; return median, 95th percentile and the longest."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        plenty = {"LOOKGLASS_LIMITS__SIZE_ANSWERS_PER_MINUTE": "1000000", "LOOKGLASS_SERVER__VAR_DIR": folder}
        command = [sys.executable, "run_server.py", "serve", "--port", "0"]
        with started(command, {**os.environ, **plenty, "PYTHONUNBUFFERED": "1"}, log) as process:
            times = _ask(await_ready(process, log, READY_S))
    p50, p95, worst = np.quantile(times[WARM:], (0.5, 0.95, 1.0)).tolist()
    return {
        "size_answer_p50_ms": metric(p50, "ms", None, "lower"),
        "size_answer_p95_ms": metric(p95, "ms", P95_MS, "lower"),
        "size_answer_max_ms": metric(worst, "ms", None, "lower"),
    }


def _ask(host: str) -> list[float]:
    connection = http.client.HTTPConnection(host, timeout=10)
    times = []
    for question in _questions():
        body = json.dumps(question)
        start = time.perf_counter()
        headers = {"Content-Type": "application/json", "Origin": f"http://{host}"}
        connection.request("POST", "/api/v1/size", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        times.append(1000 * (time.perf_counter() - start))
        if answer.status != 200:
            raise BackendUnavailable(f"the server refused a question: {said}")
    connection.close()
    return times


def _questions() -> Iterator[dict[str, Any]]:
    """Yield ASKED questions of people drawn from the shipped distributions."""
    people, garments = load_people(), [card.id for card in load_catalogue().cards()]
    rng = np.random.default_rng(3)
    for n in range(ASKED):
        sex = ("female", "male")[n % 2]
        one = people.populations["female" if sex == "female" else "male"]
        body = dict(zip(people.names, np.exp(rng.multivariate_normal(one.mean, one.covariance)).tolist(), strict=True))
        names = ("height", "weight", *(TAPES if n % 4 < 2 else ()))
        yield {
            "v": 1, "known": [{"name": name, "value": round(body[name], 1)} for name in names],
            "sex": None if n % 5 == 0 else sex, "garment": garments[n % len(garments)],
            "language": ("en", "zh")[n % 3 % 2],
        }  # fmt: skip
