"""`run_server.py size-text`: what a product text says of sizes, its words underlined."""

from __future__ import annotations

import argparse
import json
import sys

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.merchant import charts_from_facts
from pipelines.sizing.text.extract import extract
from pipelines.sizing.text.facts import SizeFacts, marked
from server.settings import SettingsRejected, load_settings
from server.size_texts import answer_of
from server.text_reader import reading


def main(args: argparse.Namespace) -> int:
    """Print the facts of one text.  Raises InputRejected for a text that is too long."""
    text = sys.stdin.read() if args.text is None else args.text
    try:
        found = extract(text, with_reader=True) if args.reader else _read(text, args)
    except SettingsRejected as rejected:
        print(f"lookglass: settings: {rejected}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(answer_of(found, "product text"), ensure_ascii=False, indent=2))
        return 0
    print(marked(found), end="\n\n")
    for fact in found.facts:
        of = f" ({fact.size})" if fact.size else ""
        words = " ".join(found.text[fact.start : fact.end].split())
        by = " (by the language model)" if fact.by == "model" else ""
        print(f"{fact.name or fact.kind:14}{of:8} {fact.value:12} {words}{by}")
    for fact in found.doubted:
        print(f"not believed: {fact.problem}")
    if not found.facts:
        print("nothing of sizes")
    if found.note:
        print(found.note)
    _print_chart(found)
    return 0


def _read(text: str, args: argparse.Namespace) -> SizeFacts:
    """Read by rules and by the language model of the settings, where they name one.  Raises SettingsRejected."""
    with reading(load_settings(args.config).language_model) as read:
        return read(text)


def _print_chart(found: SizeFacts) -> None:
    """Say whether the text makes a chart, where it holds measurements."""
    if not found.of("value"):
        return
    try:
        charts = charts_from_facts(found, Source("product text", "brand"))
        print(f"chart: {', '.join(charts.sizes)} by {', '.join(one.name for one in charts.measures)}")
        for line in charts.left_out:
            print(f"left out of the chart: {line}")
    except ChartRejected as error:
        print(f"no chart: {error}")
