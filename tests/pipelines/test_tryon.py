"""The main path on the demo film: who is there is dressed, who leaves fades, nobody blinks."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines.body.model import load_body_model
from pipelines.composite.packed import SHADE
from pipelines.errors import GarmentNotFound, InputRejected, MeasurementRejected
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import Tailor
from pipelines.render.backend import RenderRequest
from pipelines.synthetic.crowd import CrowdFrame, SyntheticCrowd, Walk
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    Outfit,
    TrackState,
    Wish,
    prepare,
    step,
)
from pipelines.types import CameraFrame, GarmentLayer, TryOnResult
from pipelines.wearer import FADE_S, HOLD_S
from server.media_files import open_source
from tests.pipelines.conftest import Engines

FILM = Path(__file__).parents[2] / "xr_client" / "web" / "demo_shopper.webm"


@pytest.fixture(scope="module")
def frames() -> list[CameraFrame]:
    with open_source(FILM) as source:
        return [frame for frame, _ in zip(source.frames, range(20), strict=False)]


def wear(*ids: str, size: str | None = "M", **wishes: object) -> Outfit:
    wish = Wish(tuple(GarmentChoice(name, size) for name in ids), **wishes)  # type: ignore[arg-type]
    return prepare(wish, load_catalogue(), load_body_model())


def watch(frames: list[CameraFrame], outfits: Outfit | list[Outfit], engines: Engines) -> list[TryOnResult]:
    engines[0].reset()
    states, results = (TrackState(), DressState()), []
    for i, frame in enumerate(frames):
        outfit = outfits[i] if isinstance(outfits, list) else outfits
        result, states = step(frame, outfit, states, engines, lambda _: nullcontext())
        results.append(result)
    return results


def area(result: TryOnResult) -> int:
    return sum(garment.area_px for garment in result.people[0].garments)


def blank(frame: CameraFrame, at_s: float) -> CameraFrame:
    y, u, v = (np.full_like(plane, 128) for plane in (frame.y, frame.u, frame.v))
    return CameraFrame(y, u, v, at_s, frame.K)


def test_shopper_is_dressed_from_the_first_frame_on(frames, engines) -> None:
    results = watch(frames, wear("tee_crew"), engines)
    assert all(area(result) > 0.03 * frames[0].y.size for result in results)


def test_picture_outside_of_the_layer_is_untouched_but_for_its_shadow(frames, engines) -> None:
    result = watch(frames[:3], wear("tee_crew"), engines)[-1]
    alpha = np.zeros(frames[0].y.shape, bool)
    region = result.layer.region
    alpha[region.y0 : region.y1, region.x0 : region.x1] = result.layer.rgba[..., 3] > 0
    before, after = frames[2].y.astype(int), result.frame.y.astype(int)
    assert (after[~alpha] <= before[~alpha]).all()
    assert (after != before)[~alpha].mean() < 0.05
    assert np.array_equal(before[:, :40], after[:, :40])
    assert not np.array_equal(result.frame.y[alpha], frames[2].y[alpha])


def test_layer_over_the_camera_is_the_composed_picture(frames, engines) -> None:
    composed = watch(frames[:3], wear("tee_crew"), engines)[-1].frame
    pack = watch(frames[:3], wear("tee_crew", delivery="layer"), engines)[-1].frame
    height = composed.height_px
    alpha, shade = (pack.y[height:] - 16.0) / 219.0, (pack.u[height // 2 :] - 128.0) / SHADE
    left = (1 - alpha) * (1 - shade.repeat(2, 0).repeat(2, 1))
    drawn = 16 + (frames[2].y - 16.0) * left + (pack.y[:height] - 16.0) * alpha
    assert np.abs(drawn - composed.y).max() <= 3.0
    assert np.abs(drawn - composed.y).mean() < 0.05


def test_garment_is_held_then_fades_when_the_shopper_is_gone(frames, engines) -> None:
    last_s = frames[-1].captured_s
    empty = [blank(frames[0], last_s + (i + 1) / 30) for i in range(40)]
    results = watch([*frames, *empty], wear("tee_crew"), engines)[len(frames) :]
    shown = [result.layer is not None for result in results]
    held = int(HOLD_S * 30) - 1
    assert all(shown[:held])
    assert not any(shown[int((HOLD_S + FADE_S) * 30) + 2 :])
    assert not any(result.people[0].pose for result in results[6:])
    assert results[-1].people[0].hint == "nobody"


def test_nothing_is_drawn_in_an_empty_room(frames, engines) -> None:
    room = [blank(frames[0], i / 30) for i in range(12)]
    for result, frame in zip(watch(room, wear("tee_crew"), engines), room, strict=True):
        assert result.layer is None
        assert result.frame is frame


def test_change_of_garment_shows_at_once_and_keeps_the_pose(frames, engines) -> None:
    tee, sleeves = wear("tee_crew"), wear("long_sleeve")
    results = watch(frames, [tee] * 10 + [sleeves] * 10, engines)
    assert results[9].people[0].garments[0].id == "tee_crew"
    assert results[10].people[0].garments[0].id == "long_sleeve"
    assert area(results[10]) > 1.1 * area(results[9])


def test_larger_size_covers_more(frames, engines) -> None:
    small, large = (area(watch(frames[:8], wear("tee_crew", size=size), engines)[-1]) for size in ("S", "XXL"))
    assert large > 1.12 * small


def test_two_garments_are_both_seen(frames, engines) -> None:
    people = watch(frames[:6], wear("tee_crew", "trousers_chino"), engines)[-1].people
    assert {garment.id for garment in people[0].garments} == {"tee_crew", "trousers_chino"}
    assert all(garment.area_px > 500 for garment in people[0].garments)


def test_neck_steps_back_with_the_collar_that_is_worn_under_a_coat(frames, engines) -> None:
    def depth_m(*ids: str) -> tuple[float, float]:
        asked: list[RenderRequest] = []
        renderer = engines[1].renderer

        class Asked:
            def render(self, request: RenderRequest) -> GarmentLayer:
                asked.append(request)
                return renderer.render(request)

        watch(frames[:1], wear(*ids), (engines[0], replace(engines[1], renderer=Asked())))
        sweater, neck = asked[0].items[0].surface, asked[0].occluder[0]
        collar, head = (one.vertices_m[one.vertices_m[:, 1].argmax(), 2] for one in (sweater, neck))
        return -float(collar), -float(head)

    (alone_m, neck_m), (under_m, behind_m) = depth_m("sweater_roll"), depth_m("sweater_roll", "coat_wool")
    assert under_m > 1.005 * alone_m, "so that it cannot come through the coat"
    assert behind_m / neck_m >= under_m / alone_m - 0.001


def test_mirror_flips_picture_layer_and_points(frames, engines) -> None:
    straight = watch(frames[:4], wear("tee_crew"), engines)[-1]
    flipped = watch(frames[:4], wear("tee_crew", mirror=True), engines)[-1]
    width = frames[0].width_px
    assert np.array_equal(flipped.frame.y, straight.frame.y[:, ::-1])
    assert flipped.layer.region.x0 == width - straight.layer.region.x1
    assert flipped.people[0].uv_px[11, 0] == pytest.approx(width - straight.people[0].uv_px[11, 0])


def test_report_holds_no_point_of_the_face(frames, engines) -> None:
    uv = watch(frames[:2], wear("tee_crew"), engines)[-1].people[0].uv_px
    assert np.isnan(uv[:11]).all()
    assert np.isfinite(uv[11:]).all()


def test_tracker_survives_a_change_of_the_frame_size(frames, engines) -> None:
    small = [
        replace(f, y=f.y[::2, ::2].copy(), u=f.u[::2, ::2].copy(), v=f.v[::2, ::2].copy(), K=f.K * [[0.5], [0.5], [1]])
        for f in frames[10:]
    ]
    results = watch([*frames[:10], *small], wear("tee_crew"), engines)
    assert area(results[-1]) > 0.02 * small[0].y.size


def test_wishes_that_cannot_be_met_say_so() -> None:
    with pytest.raises(GarmentNotFound, match="tee_crew"):
        wear("cape")
    with pytest.raises(GarmentNotFound, match="XXL"):
        wear("tee_crew", size="XXXXL")
    with pytest.raises(MeasurementRejected, match="height"):
        wear("tee_crew", height_cm=17.0)


def test_tailor_remembers_what_was_worn_and_changes_the_mirror_alone(frames, engines) -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    tee = (GarmentChoice("tee_crew", "M"),)
    first, again = tailor.prepare(Wish(tee)), tailor.prepare(Wish(tee, mirror=True))
    assert again.garments is first.garments
    assert (first.mirror, again.mirror) == (False, True)
    assert tailor.prepare(Wish(tee, height_cm=182.0)).body is not first.body
    results = watch(frames[:8], [first] * 4 + [again] * 4, engines)
    assert results[7].layer is not None


def filmed(walks: tuple[Walk, ...], end: int) -> list[CrowdFrame]:
    """Every other frame before frame `end`."""
    crowd = SyntheticCrowd(walks)
    try:
        return [crowd.frame(i) for i in range(0, end, 2)]
    finally:
        crowd.close()


@pytest.fixture(scope="module")
def crossing() -> list[CrowdFrame]:
    """Somebody broad walks past somebody slight who stands behind."""
    way = ((0.0, -0.8, -0.5), (0.4, -0.8, -0.5), (2.0, 0.8, -0.5))
    return filmed((Walk(3, way), Walk(6, ((0.0, 0.2, -1.5),))), 70)


@pytest.fixture(scope="module")
def passing() -> list[CrowdFrame]:
    """Somebody slight stands behind; somebody broad comes into the picture, walks past and out of it."""
    way = ((0.0, -2.0, -0.5), (0.3, -2.0, -0.5), (2.3, 2.0, -0.5))
    return filmed((Walk(6, ((0.0, 0.1, -1.5),)), Walk(3, way)), 72)


def garments_of(result: TryOnResult) -> dict[int, tuple[str, int]]:
    return {p.id: (p.garments[0].id, p.garments[0].area_px) for p in result.people if p.pose and p.garments}


def columns_of(film: CrowdFrame) -> list[float]:
    K = film.frame.K
    return [float((K[0, 2] - K[0, 0] * j[4:6, 0] / j[4:6, 2]).mean()) for j in film.joints_m]


def test_two_people_keep_their_own_garments_through_a_crossing(crossing, engines) -> None:
    choices = [(GarmentChoice(name, "M"),) for name in ("tee_crew", "long_sleeve")]
    both = prepare(Wish(choices[0], people=2, others=(choices[1],)), load_catalogue(), load_body_model())
    results = watch([film.frame for film in crossing], both, engines)
    for place in (3, -1):  # before and after
        columns = {p.id: float(p.uv_px[11:13, 0].mean()) for p in results[place].people}
        walker, stander = columns_of(crossing[place])
        order = sorted(columns, key=lambda number: abs(columns[number] - walker))
        assert abs(columns[order[0]] - walker) < 30 and abs(columns[order[1]] - stander) < 30
        assert order == sorted(columns, key=lambda number: abs(first_of(results)[number] - columns_of(crossing[3])[0]))
        assert {number: name for number, (name, _) in garments_of(results[place]).items()} == {
            0: "tee_crew",
            1: "long_sleeve",
        }


def first_of(results: list[TryOnResult]) -> dict[int, float]:
    return {p.id: float(p.uv_px[11:13, 0].mean()) for p in results[3].people}


def test_garment_of_who_stands_behind_is_hidden_while_somebody_passes(crossing, engines) -> None:
    everybody = wear("tee_crew", people=3)
    results = watch([film.frame for film in crossing], everybody, engines)
    numbers = first_of(results)
    behind = min(numbers, key=lambda number: abs(numbers[number] - columns_of(crossing[3])[1]))
    areas = [{p.id: sum(g.area_px for g in p.garments) for p in result.people}[behind] for result in results]
    shown = [film.seen[1].sum() for film in crossing]
    least = int(np.argmin(shown))
    assert areas[least] < 0.35 * areas[3]
    assert areas[-1] > 0.8 * areas[3]


def test_second_person_is_left_alone_unless_asked_for(crossing, engines) -> None:
    for result in watch([film.frame for film in crossing[:6]], wear("tee_crew"), engines):
        assert [person.id for person in result.people] == [0]


@pytest.mark.parametrize("people", [1, 2])
def test_who_passes_undressed_hides_the_garment_of_the_shopper(passing, engines, people: int) -> None:
    outfit = wear("tee_crew", people=people, others=((),) * (people - 1))
    results = watch([film.frame for film in passing], outfit, engines)
    areas = [area(result) for result in results]
    assert not any(garment for result in results for person in result.people[1:] for garment in person.garments)
    assert areas[int(np.argmin([film.seen[0].sum() for film in passing]))] < 0.5 * areas[3]
    assert areas[-1] > 0.8 * areas[3]


def test_empty_outfit_dresses_nobody_but_still_hides(crossing, engines) -> None:
    wish = Wish((GarmentChoice("tee_crew", "M"),), people=2, others=((),))
    result = watch([film.frame for film in crossing[:6]], prepare(wish, load_catalogue(), load_body_model()), engines)[
        -1
    ]
    assert {person.id: len(person.garments) for person in result.people} == {0: 1, 1: 0}


def test_wish_for_too_many_people_is_refused() -> None:
    with pytest.raises(InputRejected, match="people"):
        wear("tee_crew", people=4)
