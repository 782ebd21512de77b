"""Weaves, prints, blocks and sewing, measured in the texture and on the worn garment."""

import json
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from scipy import ndimage

from pipelines.body.model import Body
from pipelines.errors import GarmentNotFound, GarmentRejected
from pipelines.garment import cut
from pipelines.garment.catalogue import DEFAULT_FOLDER, Catalogue
from pipelines.garment.fabric import EXTENT_M, SIZE_PX, material_of, panel
from pipelines.garment.fit import fit_garment
from pipelines.garment.look import SURFACE, Check, Dots, Floral, Pinstripe, Stripe, Tartan, Weave
from pipelines.garment.package import GarmentPackage, parse_package
from pipelines.garment.prints import PIXEL_M, printed, tile
from pipelines.garment.sewing import SHIRT_CUFF_M, SIDE_M, sewing
from pipelines.garment.weaves import weave

Fields = dict[str, Any]
RED, WHITE, BLUE = "#c02020", "#ffffff", "#2030a0"
PRINTS = [
    Stripe(kind="stripe", colour=RED, width_cm=1, spacing_cm=3),
    Pinstripe(kind="pinstripe", colour=RED, width_cm=0.3, spacing_cm=2),
    Check(kind="check", colour=RED, size_cm=1.5),
    Tartan.model_validate(
        {"kind": "tartan", "sett": [{"colour": RED, "width_cm": 3}, {"colour": BLUE, "width_cm": 2}]}
    ),
    Dots(kind="dots", colour=RED, size_cm=0.8, spacing_cm=3),
    Floral(kind="floral", petals=(RED, BLUE), eye=WHITE, leaf="#208040", blossom_cm=5),
]


def _fields(garment: str, **material: object) -> Fields:
    fields: Fields = json.loads((DEFAULT_FOLDER / garment / "garment.json").read_text("utf-8"))
    fields["material"] = {"base_colour": "#808080", "weave": "plain"} | material
    return fields


def _picture(package: GarmentPackage) -> np.ndarray:
    material = material_of(package)
    assert material.texture is not None
    return material.texture.astype(float) * material.base_color_rgb / 255


@pytest.mark.parametrize("kind", get_args(Weave))
def test_weave_tiles_and_is_the_same_every_time(kind: Weave) -> None:
    height = weave(kind, 307)
    again = weave.__wrapped__(kind, 307)
    assert np.array_equal(height, again)
    assert 0 <= height.min() < height.max() <= 1
    for axis in (0, 1):
        inner = np.abs(np.diff(height, axis=axis)).mean(1 - axis)
        edge = np.abs(np.take(height, 0, axis) - np.take(height, -1, axis)).mean()
        assert edge <= 1.5 * inner.max()


@pytest.mark.parametrize("print_", PRINTS, ids=lambda p: p.kind)
def test_print_tiles(print_: Any) -> None:
    picture, period = tile(print_)
    shown = picture[..., :3] * picture[..., 3:]
    for axis, length in ((1, period[0]), (0, period[1])):
        assert picture.shape[axis] == pytest.approx(length / PIXEL_M, abs=1)
        inner = np.abs(np.diff(shown, axis=axis)).mean((1 - axis, 2))
        edge = np.abs(np.take(shown, 0, axis) - np.take(shown, -1, axis)).mean()
        assert edge <= 1.2 * inner.max()


@pytest.mark.parametrize("print_", PRINTS, ids=lambda p: p.kind)
def test_print_is_symmetric_about_the_middle_line(print_: Any) -> None:
    """The garment shows |x|: what is drawn left of the line must go on as its mirror image without a step."""
    x = (np.arange(-40, 40, dtype=np.float32) + 0.5)[None] * 0.0008
    y = np.arange(400, dtype=np.float32)[:, None] * 0.0008
    ink = printed(print_, x, y, 0.0008)
    cover = ink[..., 3]
    assert np.abs(cover[:, 39] - cover[:, 40]).max() < 0.08
    if not isinstance(print_, Floral):
        assert np.abs(cover - cover[:, ::-1]).max() < 0.08


def test_floral_blossoms_differ_by_seed_and_cover_a_plausible_share() -> None:
    one, other = (tile(PRINTS[-1].model_copy(update={"seed": seed}))[0][..., 3] for seed in (1, 2))
    assert np.abs(one - other).mean() > 0.05
    assert 0.15 < one.mean() < 0.6


def _period_cm(signal: np.ndarray, step_m: float) -> float:
    """Return the mean distance between the rising edges of `signal`."""
    above = signal > (signal.max() + signal.min()) / 2
    rising = np.flatnonzero(~above[:-1] & above[1:])
    return float(np.diff(rising).mean() * step_m * 100)


def test_check_has_its_size_in_the_texture_when_measured_along_the_cloth() -> None:
    check = {"kind": "check", "colour": "#000000", "size_cm": 2.0}
    package = parse_package(_fields("skirt_a_line", base_colour=WHITE, pattern=check))
    luma = ndimage.gaussian_filter(_picture(package).mean(2), 1)
    t = (np.arange(SIZE_PX, dtype=np.float32) + 0.5) / SIZE_PX * EXTENT_M["skirt"]
    x, y = panel("skirt", t[None], t[:, None])
    row = int(0.3 / EXTENT_M["skirt"] * SIZE_PX)
    front = slice(4, int(0.27 / EXTENT_M["skirt"] * SIZE_PX))
    even = np.arange(0.005, float(x[row, front][-1]), 0.0005)
    assert _period_cm(np.interp(even, x[row, front], luma[row, front]), 0.0005) == pytest.approx(4, rel=0.03)
    column = luma[60:780, 2]
    even = np.arange(float(y[60, 2]), float(y[779, 2]), 0.0005)
    assert _period_cm(np.interp(even, y[60:780, 2], column), 0.0005) == pytest.approx(4, rel=0.03)


@pytest.mark.parametrize(("garment", "tolerance"), [("tee_crew", 0.16), ("skirt_a_line", 0.2)])
def test_print_is_true_to_scale_on_the_worn_base_size(
    catalogue: Catalogue, mean_body: Body, garment: str, tolerance: float
) -> None:
    package = catalogue.get(garment)
    worn = fit_garment(package, package.base_size, mean_body)
    kind = package.template.kind if package.template else ""
    t = (np.arange(SIZE_PX, dtype=np.float32) + 0.5) / SIZE_PX * EXTENT_M[kind]
    x, y = panel(kind, t[None], t[:, None])
    pixel = np.clip((worn.uv * SIZE_PX).astype(int), 0, SIZE_PX - 1)
    cloth = np.stack([x[pixel[:, 1], pixel[:, 0]], y[pixel[:, 1], pixel[:, 0]]], 1).astype(float)
    uv_m = worn.uv * EXTENT_M[kind]
    front = (uv_m[:, 0] < 0.24) & (uv_m[:, 1] > 0.25) & (uv_m[:, 1] < 0.62)
    back = (uv_m[:, 0] > 0.32) & (uv_m[:, 0] < 0.53) & (uv_m[:, 1] > 0.25) & (uv_m[:, 1] < 0.62)
    for part in (front, back):
        faces = worn.faces[part[worn.faces].all(1)]
        a, b, c = (worn.rest_m[faces[:, k]].astype(float) for k in range(3))
        real = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
        p, q, r = (cloth[faces[:, k]] for k in range(3))
        laid_out = np.abs((q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0]).sum()
        assert np.sqrt(real / laid_out) == pytest.approx(1, abs=tolerance)


def test_left_edge_goes_on_as_its_mirror_image_where_the_texture_repeats(catalogue: Catalogue) -> None:
    for package in catalogue.list():
        texture = _picture(package)
        assert np.array_equal(texture[:, 0], texture[:, -1]), package.id
        assert np.array_equal(texture[:, 3], texture[:, -4]), package.id


def test_logo_is_drawn_at_the_chest_in_its_size_and_on_the_middle_line() -> None:
    square = {"colour": "#ff0000", "points_cm": [[0, 3], [5, 3], [5, -3], [0, -3]]}
    fields = _fields("tee_crew", pattern={"kind": "logo", "down_cm": 16, "shapes": [square]})
    inked = _picture(parse_package(fields))[..., 1] < 40
    texel_cm = EXTENT_M["top"] / SIZE_PX * 100
    assert inked[:, 0].sum() * texel_cm == pytest.approx(6, abs=0.2)
    rows = np.flatnonzero(inked[:, 0])
    across = inked[rows[len(rows) // 2], : SIZE_PX // 2].sum() * texel_cm
    assert across == pytest.approx(5 / 1.05, abs=0.3)
    assert not inked[:, int(0.3 * SIZE_PX) : int(0.75 * SIZE_PX)].any()


def test_blocks_colour_their_parts_alone() -> None:
    fields = _fields("tee_crew", blocks={"sleeves": "#ff0000", "cuffs": "#00ff00", "neckband": "#0000ff"})
    picture = _picture(parse_package(fields))

    def at(u_m: float, v_m: float) -> int:
        return int(np.argmax(picture[int(v_m / 0.8 * SIZE_PX), int(u_m / 0.8 * SIZE_PX)]))

    assert [at(0.68, 0.6), at(0.68, 0.75), at(0.68, 0.03)] == [0, 1, 2]
    trunk = picture[200:900, 20 : int(0.55 / 0.8 * SIZE_PX)]
    assert np.ptp(trunk.mean((0, 1))) < 1


def test_melange_lies_between_its_colours_and_is_speckled() -> None:
    plain = _picture(parse_package(_fields("tee_crew")))[300:600, 40:200]
    fields = _fields("tee_crew", melange={"colour": "#ffffff", "share": 0.4})
    heather = _picture(parse_package(fields))[300:600, 40:200]
    assert plain.mean() + 30 < heather.mean() < 230
    assert heather.std() > 3 * plain.std()


def test_jeans_are_stitched_in_contrast_thread_and_faded_at_the_thigh(catalogue: Catalogue) -> None:
    picture = _picture(catalogue.get("jeans_straight"))
    yellow = (picture[..., 0] > picture[..., 2] + 25)[:, : int(cut.LEG_CHART_M / 1.12 * SIZE_PX)]
    assert 0.001 < yellow.mean() < 0.03
    row = picture[int(0.38 / 1.12 * SIZE_PX)].mean(1)
    assert row[115:140].mean() > row[8:25].mean() + 12


@pytest.mark.parametrize(
    ("garment", "cuffed"),
    [("shirt_stripe", True), ("jacket_denim", True), ("blouse_satin", False), ("polo_pique", False)],
)
def test_sleeves_of_shirts_and_jackets_end_in_cuffs_with_a_button(
    garment: str, cuffed: bool, catalogue: Catalogue
) -> None:
    step = 0.0008
    u, v = (np.arange(0.0, extent, step, np.float32) for extent in (SIDE_M + cut.LIMB_CHART_M + 0.02, 0.8))
    sewn = sewing("top", catalogue.get(garment), u[None], v[:, None])
    sleeve = (u > SIDE_M + 0.02) & (u < SIDE_M + cut.LIMB_CHART_M - 0.02)
    rows = {place: int((cut.TOP_CHART_M - place) / step) for place in (SHIRT_CUFF_M, 0.018)}
    seam, hem = (rows[SHIRT_CUFF_M] + np.arange(-3, 4))[:, None], (rows[0.018] + np.arange(-3, 4))[:, None]
    assert (sewn.seam[seam, sleeve].max() > 0.9) == cuffed
    assert (sewn.thread[hem, sleeve].max() > 0.9) != cuffed
    wrist = (v > cut.TOP_CHART_M - SHIRT_CUFF_M)[:, None] & (u > SIDE_M)
    assert sewn.button[wrist].any() == cuffed


def test_fabric_alone_gives_roughness_sheen_and_gloss() -> None:
    for kind, surface in SURFACE.items():
        assert parse_package(_fields("tee_crew", weave=kind)).material.surface == (*surface, float(kind == "satin"))
    given = parse_package(_fields("tee_crew", weave="fleece", roughness=0.5, sheen=0.1))
    assert (material_of(given).roughness, material_of(given).sheen) == (0.5, 0.1)


def test_colourway_changes_the_colours_and_nothing_else(catalogue: Catalogue) -> None:
    jeans = catalogue.get("jeans_straight")
    light = jeans.in_colourway("light_wash")
    assert _picture(light).mean() > _picture(jeans).mean() + 30
    assert light.model_copy(update={"material": jeans.material}) == jeans
    assert jeans.in_colourway("indigo") == jeans
    with pytest.raises(GarmentNotFound, match="indigo, light_wash, black"):
        jeans.in_colourway("pink")


def _ways(*colours: str) -> list[Fields]:
    return [{"id": f"c{n}", "name": {"en": "x", "zh": "x"}, "base_colour": c} for n, c in enumerate(colours)]


def _same_id() -> list[Fields]:
    return [way | {"id": "c"} for way in _ways("#808080", RED)]


@pytest.mark.parametrize(
    ("garment", "change", "key"),
    [
        ("tee_crew", lambda: {"weave": "tweed"}, "material.weave"),
        ("tee_crew", lambda: {"pattern": {"kind": "paisley"}}, "material.pattern"),
        ("tee_crew", lambda: {"pattern": {"kind": "check", "colour": RED, "size_cm": 90}}, "pattern.check.size_cm"),
        ("tee_crew", lambda: {"pattern": {"kind": "tartan", "sett": []}}, "pattern.tartan.sett"),
        (
            "tee_crew",
            lambda: {"pattern": {"kind": "logo", "shapes": [{"colour": RED, "points_cm": [[0, 0], [-2, 1], [3, 3]]}]}},
            "shapes.0.points_cm.1.0",
        ),
        (
            "skirt_a_line",
            lambda: {"pattern": {"kind": "logo", "shapes": [{"colour": RED, "points_cm": [[0, 0], [2, 1], [3, 3]]}]}},
            "material.pattern: a logo needs a top",
        ),
        ("skirt_a_line", lambda: {"blocks": {"sleeves": RED}}, "material.blocks.sleeves"),
        ("tee_crew", lambda: {"blocks": {"waistband": RED}}, "material.blocks.waistband"),
        ("tee_crew", lambda: {"melange": {"colour": RED, "share": 0.9}}, "material.melange.share"),
        ("tee_crew", lambda: {"stitching": "gold"}, "material.stitching"),
        ("tee_crew", lambda: {"colourways": _ways(RED, BLUE)}, "colourways.0.base_colour: the first is the default"),
        ("tee_crew", lambda: {"colourways": _same_id()}, "colourways.1.id"),
        ("tee_crew", lambda: {"colourways": _ways("#808080", "pink")}, "material.colourways.1.base_colour"),
    ],
)
def test_look_is_refused_by_the_key_that_is_wrong(garment: str, change: Callable[[], Fields], key: str) -> None:
    with pytest.raises(GarmentRejected) as refusal:
        parse_package(_fields(garment, **change()))
    assert key in str(refusal.value)
