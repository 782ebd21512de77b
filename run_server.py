"""The door: `serve` (default), `render`, `scan`, `garment`, `size-text`, `shop`, `bench`, `evaluate`; it does no maths.

Exit codes: 0 done, 1 a benchmark missed a target, 2 what was asked for cannot be done (one line says why),
130 interrupted. Everything heavy is imported by the command that needs it, so `--help` is immediate.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = {
    "serve": "server.serve_command",
    "render": "server.render_command",
    "scan": "server.scan_command",
    "garment": "server.garment_command",
    "size-text": "server.size_text_command",
    "shop": "server.shop.command",
    "bench": "benchmarks.registry",
    "evaluate": "benchmarks.evaluate",
}
OTHER_HELP = "what the second person wears, and given again the third (default: as the first)"
OURS = ("pipelines", "server", "benchmarks")
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if sys.version_info[:2] != (3, 11):
        return _refuse(f"needs Python 3.11, this is {sys.version.split()[0]}; `make run` makes the right environment")
    for name in THREAD_LIMITS:  # read by the libraries when they load, hence before any import of numpy
        os.environ.setdefault(name, "1")
    args = parse(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has gone; the interpreter's last flush must not complain again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        return _refuse(f"the Python package {error.name!r} is missing; `make setup` installs it")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; without a command the command is `serve`."""
    if not argv or (argv[0] not in COMMANDS and argv[0] not in ("-h", "--help")):
        argv = ["serve", *argv]
    return _parser().parse_args(argv)


def _run(args: argparse.Namespace) -> int:
    from pipelines.errors import TryOnError

    try:
        code: int = importlib.import_module(COMMANDS[args.command]).main(args)
        return code
    except TryOnError as error:
        return _refuse(" ".join(str(error).split()))


def _refuse(message: str) -> int:
    print(f"lookglass: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run_server.py", description="Lookglass, the real-time fitting room.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_render(commands)
    _add_scan(commands)
    _add_garment(commands)
    _add_size_text(commands)
    _add_shop(commands)
    _add_bench(commands)
    _add_evaluate(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="serve the fitting room (the default)")
    serve.add_argument("--config", type=Path, metavar="FILE", help="settings (default: configs/default.toml)")
    serve.add_argument("--host", help="address to bind (default: the settings')")
    serve.add_argument("--port", type=int, help="port to bind (default: the settings')")
    serve.add_argument("--lan", action="store_true", help="HTTPS for phones on the same network, with a QR code")


def _add_render(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    render = commands.add_parser("render", help="dress the people of a video or a picture")
    render.add_argument("input", type=Path, metavar="IN", help="video or picture")
    render.add_argument("--garment", required=True, metavar="ID[,ID…]", help="what to wear, innermost first")
    render.add_argument("--people", type=int, default=1, metavar="N", help="how many are dressed, 1 to 3 (default 1)")
    render.add_argument("--other", action="append", default=[], metavar="ID[,ID…]", help=OTHER_HELP)
    render.add_argument("--size", metavar="S", help="size of the garments (default: the recommended one)")
    render.add_argument("--height-cm", type=float, metavar="H", help="height of the person")
    render.add_argument("--known", metavar="NAME=VALUE[,…]", help="the body: sex=male,weight=78kg,chest=98 …")
    render.add_argument("--fit-map", action="store_true", help="the garments in the colours of how they fit")
    render.add_argument("--compare", metavar="[ID:]S,S", help="two sizes side by side, of the outermost garment")
    render.add_argument("--out", required=True, type=Path, metavar="OUT.mp4", help="the composed video or picture")
    render.add_argument("--layers", type=Path, metavar="DIR", help="also write the garment layer as frame_%%06d.png")
    render.add_argument("--report", type=Path, metavar="R.jsonl", help="also write a line of facts per frame")


def _add_scan(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scan = commands.add_parser("scan", help="measure a body from a film or photo of the front, and one of the side")
    scan.add_argument("front", type=Path, metavar="FRONT", help="video or picture, whole body, arms a little away")
    scan.add_argument("side", type=Path, nargs="?", metavar="SIDE", help="the same from the side")
    scan.add_argument(
        "--known", required=True, metavar="NAME=VALUE[,…]", help="the body: sex=male,height=178,weight=78kg …"
    )
    scan.add_argument("--clothes", choices=("fitted", "loose"), default="fitted", help="what is worn (default: fitted)")
    scan.add_argument(
        "--pictures", type=Path, metavar="DIR", help="also write what was measured as front.png, side.png"
    )
    scan.add_argument("--json", action="store_true", help="as JSON")


def _add_garment(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    garment = commands.add_parser("garment", help="the garments there are")
    actions = garment.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="ids, names, categories and sizes")
    listing.add_argument("--json", action="store_true", help="as JSON")
    picture = actions.add_parser("picture", help="cut garments and render their thumbnail.png")
    picture.add_argument("ids", nargs="*", metavar="ID", help="which (default: all)")
    sheet = actions.add_parser("sheet", help="render garments on bodies of every build, from three sides, to look at")
    sheet.add_argument("ids", nargs="*", metavar="ID", help="which (default: all)")
    sheet.add_argument("--out", type=Path, default=Path("out/garments"), metavar="DIR", help="default: out/garments")


def _add_size_text(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = commands.add_parser("size-text", help="what a product text says of sizes, with the words that say it")
    text.add_argument("text", nargs="?", metavar="TEXT", help="the text (default: what comes in)")
    text.add_argument("--json", action="store_true", help="as JSON")
    how = text.add_mutually_exclusive_group()
    how.add_argument("--reader", action="store_true", help="let the small transformer decide where the rules guess")
    how.add_argument("--config", type=Path, metavar="FILE", help="settings, for [language_model] (default: the same)")


def _add_shop(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    shop = commands.add_parser("shop", help="the shop's database")
    actions = shop.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what in (
        ("seed", "put in what is missing of the demo shop"),
        ("status", "what is in it, and which size charts differ from their garments'"),
        ("charts", "put the garments' size charts in the place of those that differ"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("--config", type=Path, metavar="FILE", help="settings (default: configs/default.toml)")
    _add_shop_chart(actions)


def _add_shop_chart(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    chart = actions.add_parser("chart", help="read a product's size chart, show what was understood, and put it in")
    chart.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="CSV, schema.org JSON(-LD), or a product text"
    )
    chart.add_argument("--product", required=True, metavar="ID", help="whose chart it is")
    todo = chart.add_mutually_exclusive_group()
    todo.add_argument("--write", action="store_true", help="put it into the shop's database")
    todo.add_argument("--undo", action="store_true", help="bring back the chart that was there before the last --write")
    chart.add_argument("--of", choices=("body", "garment"), help="whose measures the columns are that do not say so")
    chart.add_argument("--unit", choices=("cm", "mm", "in"), default="", help="of the columns that do not say so")
    chart.add_argument("--system", default="", metavar="S", help="of the sizes: US, UK, EU, DE, FR, IT, JP, CN, AU …")
    chart.add_argument("--for", dest="whom", default="", metavar="WHO", help="women or men; of several the file's one")
    chart.add_argument("--config", type=Path, metavar="FILE", help="settings (default: configs/default.toml)")


def _add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure, print a table, compare with the targets")
    what = bench.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", metavar="NAME", help="which benchmark")
    what.add_argument("--list", action="store_true", help="the names there are")
    bench.add_argument("--wire", action="store_true", help="transport: calls over an impaired wire")
    bench.add_argument("--only", metavar="ROW", help="with --wire: one row of the table")
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser("evaluate", help="score what is estimated on your own data")
    subjects = evaluate.add_subparsers(dest="what", required=True, metavar="WHAT")
    body = subjects.add_parser("body", help="girths from height, weight, sex, age, breadths and depths")
    body.add_argument("--data", required=True, type=Path, metavar="FILE", help="CSV (docs/sizing.md tells the columns)")
    body.add_argument("--told", action="store_true", help="height and weight are as people tell them, not measured")
    body.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    text = subjects.add_parser("size-text", help="size facts of product texts, Chinese and English")
    text.add_argument("--data", required=True, type=Path, metavar="FILE", help="JSONL (format: docs/sizing.md)")
    how = text.add_mutually_exclusive_group()
    how.add_argument("--reader", action="store_true", help="let the small transformer decide where the rules guess")
    how.add_argument("--model", metavar="FILE", help="let a language model, a GGUF, read what the rules leave open")
    text.add_argument("--config", type=Path, metavar="FILE", help="of --model: settings (default: the same)")
    text.add_argument("--misses", type=Path, metavar="FILE", help="also write every text with a miss, as JSONL")
    text.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    fit = subjects.add_parser("fit", help="small, fit or large, learnt from a shop's own feedback")
    source = fit.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="FILE", help="CSV (docs/sizing.md tells the columns)")
    source.add_argument("--shop", action="store_true", help="what the shop's own database has")
    fit.add_argument("--config", type=Path, metavar="FILE", help="of --shop: settings (default: configs/default.toml)")
    fit.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")


if __name__ == "__main__":
    sys.exit(main())
