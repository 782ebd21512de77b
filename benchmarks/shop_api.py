"""How long the shop's API takes over the real server, and its database to be made and opened.

One connection, one request after the other, on loopback, the demo shop: a review, the catalogue just after that
write (`catalogue_new`) and once more (`catalogue`, which the server has kept), a product by a shopper with a token,
a cart line, and a correction of a saved body.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.body_scores import metric
from benchmarks.serving import await_ready, started
from pipelines.errors import BackendUnavailable

ROUNDS, OPENED, READY_S = 150, 5, 300.0
P95_MS, OPEN_S = 20.0, 1.0
LANGUAGES = ("en", "zh")
PLENTY = {f"LOOKGLASS_LIMITS__SHOP_{what}_PER_MINUTE": "1000000" for what in ("READS", "WRITES", "SESSIONS")}


@dataclass
class Client:
    """A shopper on one kept connection."""

    connection: http.client.HTTPConnection
    headers: dict[str, str]
    times_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ask(self, what: str, method: str, path: str, body: Any = None) -> Any:
        """Ask, note how long that took under `what`, and return the answer."""
        text = None if body is None else json.dumps(body)
        start = time.perf_counter()
        self.connection.request(method, f"/api/v1{path}", text, self.headers)
        answer = self.connection.getresponse()
        told = answer.read()
        self.times_ms[what].append(1000 * (time.perf_counter() - start))
        if answer.status >= 300:
            raise BackendUnavailable(f"{method} {path}: {told.decode()[:200]}")
        return json.loads(told) if told else None


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Go shopping ROUNDS times; return median and 95th percentile of each kind of request, and of opening."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        environment = {**os.environ, **PLENTY, "LOOKGLASS_SERVER__VAR_DIR": folder, "PYTHONUNBUFFERED": "1"}
        with started([sys.executable, "run_server.py", "serve", "--port", "0"], environment, log) as process:
            times_ms = _shop(await_ready(process, log, READY_S))
    metrics: dict[str, Any] = {}
    for what, times in times_ms.items():
        p50, p95 = np.quantile(times, (0.5, 0.95)).tolist()
        metrics[f"{what}_p50_ms"] = metric(p50, "ms", None, "lower")
        metrics[f"{what}_p95_ms"] = metric(p95, "ms", P95_MS if what.startswith("catalogue") else None, "lower")
    first_s, again_s = _openings()
    metrics["shop_first_open_s"] = metric(first_s, "s", OPEN_S, "lower")
    metrics["shop_open_s"] = metric(again_s, "s", None, "lower")
    return metrics


def _shop(host: str) -> dict[str, list[float]]:
    client = Client(http.client.HTTPConnection(host, timeout=10), {"Origin": f"http://{host}"})
    client.headers["Authorization"] = f"Bearer {client.ask('session', 'POST', '/shop/session')['token']}"
    goods = client.ask("catalogue", "GET", "/catalogue")["products"]
    there = [one["sku"] for product in goods for one in product["variants"] if one["available"] > 1]
    client.ask("consent", "PUT", "/consents/bodies", {"text_version": "1"})
    body = client.ask("body", "POST", "/bodies", _body(170))
    client.times_ms.clear()
    for n in range(ROUNDS):
        language = LANGUAGES[n % 2]
        client.ask("cart", "PUT", f"/cart/{there[n // 2 % len(there)]}", {"quantity": 1 - n % 2})
        said = {"rating": 1 + n % 5, "title": f"number {n}", "language": language}
        client.ask("review", "PUT", f"/products/{goods[n % len(goods)]['id']}/review", said)
        client.ask("catalogue_new", "GET", f"/catalogue?language={language}")
        client.ask("catalogue", "GET", f"/catalogue?language={language}")
        client.ask("product", "GET", f"/products/{goods[n % len(goods)]['id']}?language={language}")
        client.ask("body", "PUT", f"/bodies/{body['id']}", _body(160 + n % 30))
    client.connection.close()
    return dict(client.times_ms)


def _body(height_cm: float) -> dict[str, Any]:
    known = [{"name": "height", "value": height_cm}, {"name": "weight", "value": 65}]
    return {"name": "me", "sex": "female", "known": known}


def _openings() -> tuple[float, float]:
    """Return how long it takes to make and fill a database, and to open it again: medians of OPENED, in seconds."""
    from pipelines.garment.catalogue import load_catalogue
    from server import logs
    from server.settings import load_settings
    from server.shop import migrate  # noqa: F401 - what the first opening loads is not what is asked for
    from server.shop.keeper import Keeper

    logs.set_up("warning", False)
    catalogue, times_s = load_catalogue(), []
    for _ in range(OPENED):
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(2):
                start = time.perf_counter()
                keeper = Keeper(load_settings(None, {"server.var_dir": Path(folder)}), catalogue)
                keeper.read(lambda _: None)
                times_s.append(time.perf_counter() - start)
                keeper.close()
    return float(np.median(times_s[::2])), float(np.median(times_s[1::2]))
