"""The page and the server speak the same protocol: each side's messages go through the other side's parser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines.sizing.measures import MEASURES
from server import schema
from server.scan_answer import Measured, ScanTold

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = (ROOT / "xr_client" / "web" / "src" / "net" / "messages.js").as_uri()


def in_node(code: str, *arguments: str) -> str:
    """Run `code`, a module that knows `messages`, and return what it prints."""
    script = f"import * as messages from {json.dumps(MESSAGES)};\nconst args = process.argv.slice(1);\n{code}"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, *arguments], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CHEST = {"point": "chest", "sits": "as cut", "ease_cm": 8.0, "intended_cm": 8.0, "off_cm": 0.0, "strain": 0.0}
CHEST |= {"inferred": False}
REGIONS = [{**CHEST, "at": [0.5, 0.25]}, {**CHEST, "ease_cm": None, "intended_cm": None, "at": None}]
PANE = {"place": [0.0, 0.0, 0.5, 1.0], "garments": [{"id": "tee", "size": "M", "closes": True, "regions": REGIONS}]}
CHEST_DEPTH = Measured(name="chest_depth", value=24.1, error=0.9, low=22.9, high=25.3, unit="cm", source="camera")
FROM_SERVER: list[BaseModel] = [
    schema.Welcome(session="s1", resume="s1.key"),
    schema.Answer(sdp="v=0\r\n"),
    schema.Error(code="seats", message="later"),
    schema.Goodbye(reason="server_ends"),
    schema.State(garments=(), height_cm=None, mirror=False),
    schema.State(garments=(), height_cm=None, mirror=False, delivery="layer"),
    schema.State(
        garments=(schema.GarmentWish(id="tee", size="M"), schema.GarmentWish(id="skirt")),
        height_cm=171.5,
        mirror=True,
        look="orbit",
    ),
    schema.State(
        garments=(), height_cm=None, mirror=False, people=3, others=(None, (schema.GarmentWish(id="tee", size="M"),))
    ),
    schema.Stats(t_s=1.5, fps=29.7, dropped=2, stage_ms={"pose": 13.2, "total": 40.0}, hint="step_back"),
    schema.Stats(t_s=0.0, fps=0.0, dropped=0, stage_ms={}, hint=None),
    schema.Stats(t_s=0.5, fps=18.0, dropped=0, stage_ms={}, hint=None, people=(schema.Place(id=2, above=(0.25, 0.5)),)),
    schema.State(
        garments=(schema.GarmentWish(id="tee", size="M"),),
        height_cm=None,
        mirror=False,
        fit_map=True,
        compare=schema.Comparison(garment="tee", sizes=("M", "L")),
    ),
    schema.Fit(body="assumed", scale=[{"off_cm": -9.0, "colour": "#103e94"}], panes=[PANE]),
    ScanTold(step="side", hint="hold", say={"en": "Hold still.", "zh": "请不要动。"}, progress=0.7),
    ScanTold(step="done", hint=None, say={}, progress=1.0, measures=(CHEST_DEPTH,)),
    schema.Pong(t_ms=1234.5),
]


def test_page_reads_every_message_of_the_server() -> None:
    texts = [message.model_dump_json() for message in FROM_SERVER]
    read = json.loads(
        in_node("console.log(JSON.stringify(args.map((text) => messages.parseServerMessage(text))));", *texts)
    )
    assert [{"v": 1, **message} for message in read] == [json.loads(text) for text in texts]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("messages.hello({ token: 'token' })", schema.Hello),
        ("messages.hello({ resume: 's1.key' })", schema.Hello),
        ("messages.offer('v=0')", schema.Offer),
        ("messages.candidate(null)", schema.Candidate),
        ("messages.candidate({ candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, extra: 1 })", schema.Candidate),
        ("messages.bye()", schema.Bye),
    ],
)
def test_server_reads_what_the_page_signals(code: str, kind: type[BaseModel]) -> None:
    assert isinstance(schema.parse_signal(in_node(f"process.stdout.write({code});")), kind)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("messages.wear([])", schema.Wear),
        ("messages.wear([{ id: 'tee', size: null }, { id: 'skirt', size: 'L' }])", schema.Wear),
        ("messages.people(3, [null, [{ id: 'tee', size: null, colourway: 'red' }]])", schema.People),
        ("messages.wear([{ id: 'tee', size: null, tucked: true }, { id: 'skirt', size: null }])", schema.Wear),
        ("messages.likely([{ id: 'tee', size: null }, { id: 'skirt', size: 'L' }])", schema.Likely),
        ("messages.people(2, [[], null])", schema.People),
        ("messages.body(172)", schema.Body),
        ("messages.body(null)", schema.Body),
        ("messages.body(172, { known: [{ name: 'weight', value: '68 kg' }], sex: null })", schema.Body),
        (
            "messages.body(null, { known: [{ name: 'hip', value: 97.5, source: 'tape', error: 1 }], sex: 'female' })",
            schema.Body,
        ),
        ("messages.look({ mode: 'mirror', yaw_deg: 0, pitch_deg: 6, speed: 1 })", schema.Look),
        ("messages.look({ mode: 'replay', yaw_deg: -90.5, pitch_deg: 60, speed: 0.25 })", schema.Look),
        ("messages.view('composed')", schema.View),
        ("messages.view('layer')", schema.View),
        ("messages.fitMap(true)", schema.FitMap),
        ("messages.compare('tee', ['M', 'L'])", schema.Compare),
        ("messages.compare(null)", schema.Compare),
        ("messages.scan({ action: 'start', height_cm: 171, height_source: 'tape', clothes: 'loose' })", schema.Scan),
        ("messages.scan({ action: 'cancel' })", schema.Scan),
        ("messages.ping(12.5)", schema.Ping),
    ],
)
def test_server_reads_what_the_page_controls(code: str, kind: type[BaseModel]) -> None:
    assert isinstance(schema.parse_control(in_node(f"process.stdout.write({code});")), kind)


def test_both_sides_know_the_same_measures() -> None:
    told = (ROOT / "xr_client" / "web" / "src" / "measures.js").as_uri()
    code = f"const {{ MEASURES }} = await import({told!r});\nconsole.log(JSON.stringify(MEASURES));"
    page = {name: (one["low"], one["high"], one["unit"]) for name, one in json.loads(in_node(code)).items()}
    assert page == {name: (one.low, one.high, one.unit) for name, one in MEASURES.items()}


def test_both_sides_agree_on_the_numbers() -> None:
    outfit = (ROOT / "xr_client" / "web" / "src" / "outfit.js").as_uri()
    api = (ROOT / "xr_client" / "web" / "src" / "net" / "api.js").as_uri()
    bodies = (ROOT / "xr_client" / "web" / "src" / "bodies.js").as_uri()
    code = f"""
      const [{{ MAX_GARMENTS }}, {{ CONSENT_VERSION }}] = await Promise.all([import({outfit!r}), import({api!r})]);
      const {{ MAX_KNOWN }} = await import({bodies!r});
      console.log(JSON.stringify([messages.VERSION, MAX_GARMENTS, CONSENT_VERSION, MAX_KNOWN]));"""
    from server.settings import SessionSettings

    assert json.loads(in_node(code)) == [
        schema.VERSION,
        schema.GARMENTS_MAX,
        SessionSettings().consent_text_version,
        schema.KNOWN_MAX,
    ]
