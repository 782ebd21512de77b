"""What of the body may hide the garments."""

import numpy as np
import pytest

from pipelines.body.measure import measure
from pipelines.body.model import load_body_model
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.drape.cloth import drape
from pipelines.errors import GarmentNotFound, InputRejected, MeasurementRejected
from pipelines.garment.catalogue import Catalogue, load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.mesh import boundary_loops
from pipelines.hiding import BodyPatch
from pipelines.outfit import GarmentChoice, Outfit, Tailor, Wish, prepare
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.shape import body_of
from pipelines.sizing.unasked import drawn_size


@pytest.fixture(scope="module")
def outfits() -> dict[str, Outfit]:
    catalogue, model = load_catalogue(), load_body_model()
    return {id: prepare(Wish((GarmentChoice(id, "M"),)), catalogue, model) for id in ("trousers_chino", "skirt_a_line")}


def _pitched(outfit: Outfit, bone: str, degrees: float) -> np.ndarray:
    """The left limb at `bone` turned, toes up for negative degrees."""
    model = outfit.body.model
    R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
    t = np.radians(degrees)
    R[model.bone(bone)] = [[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]]
    return pose_bones(outfit.body.heads_m, model.bone_parents, R, np.eye(4))


def _skinned(patch: BodyPatch, T: np.ndarray) -> np.ndarray:
    return skin_points(patch.rest_m, patch.skin_index, patch.skin_weight, T)


@pytest.mark.parametrize("degrees", [0, 20, -20])
def test_pitched_foot_cuts_no_notch_into_the_hem_of_trousers(outfits: dict[str, Outfit], degrees: float) -> None:
    outfit = outfits["trousers_chino"]
    (worn,), (state,) = outfit.garments, outfit.cloth
    T = _pitched(outfit, "foot.L", degrees)
    for _ in range(10):
        _, state = drape(worn, worn.rest_m, T, state, 1 / 30)
    rim = next(loop for loop in boundary_loops(worn.cloth.faces) if worn.rest_m[loop, 0].mean() > 0.05)
    foot = _skinned(outfit.occluder, T)
    foot = foot[(foot[:, 0] > 0) & (outfit.occluder.rest_m[:, 1] < 0.3)]
    assert len(foot) > 20  # the toes still hide what is behind them
    hem = state.x[rim]
    before = foot[foot[:, 2] > hem[:, 2].mean()]
    down = np.array([0.0, 1.0, -0.3])  # a camera at the chest looks down at the feet
    front = hem[hem[:, 2] > hem[:, 2].mean()]
    assert (before @ down).max() < (front @ down).min()


def test_knee_comes_through_no_skirt(outfits: dict[str, Outfit]) -> None:
    outfit = outfits["skirt_a_line"]
    hem = outfit.garments[0].rest_m[:, 1].min()
    names = np.array(outfit.body.model.bone_names)
    patch = outfit.occluder
    strongest = names[patch.skin_index[np.arange(len(patch.rest_m)), patch.skin_weight.argmax(1)]]
    calf = np.char.startswith(strongest, "lowerleg")
    assert calf.sum() > 50  # the calves hide the back of the skirt
    assert patch.rest_m[calf, 1].max() < hem


def test_tailor_dyes_the_same_cloth_when_another_colourway_is_wished() -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    default, other = (tailor.prepare(Wish((GarmentChoice("tee_ringer", "M", way),))) for way in (None, "navy"))
    assert np.array_equal(default.garments[0].rest_m, other.garments[0].rest_m)
    assert not np.array_equal(default.materials[0].texture, other.materials[0].texture)
    with pytest.raises(GarmentNotFound, match="comes in"):
        tailor.prepare(Wish((GarmentChoice("tee_ringer", "M", "plaid"),)))


def test_tailor_weaves_a_garment_once_for_all_heights() -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    short, tall = (tailor.prepare(Wish((GarmentChoice("tee_ringer"),), height)) for height in (158.0, 190.0))
    assert short.materials[0] is tall.materials[0]


def test_garment_prepared_ahead_needs_no_fitting_when_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Catalogue(load_catalogue().list()[-2:])
    tailor = Tailor(few, load_body_model())
    for _ in tailor.prepare_ahead():
        pass

    def fail(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("pipelines.outfit.fit_garment", fail)
    for card in few.cards():
        assert tailor.prepare(Wish((GarmentChoice(card.id),))).garments[0].package.id == card.id
    with pytest.raises(AssertionError, match="made again"):
        tailor.prepare(Wish((GarmentChoice(few.cards()[0].id, "XXL"),), 150.0))


def test_outfit_that_was_foreseen_needs_no_fitting_when_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    wish = Wish((GarmentChoice("jeans_straight"), GarmentChoice("tee_crew", "L")), 174.0)
    assert len(list(tailor.foresee(wish))) > len(wish.garments), "in steps, so that a wish waits for none but one"

    def fitted_again(*_: object) -> None:
        raise AssertionError("fitted, although it was foreseen")

    monkeypatch.setattr("pipelines.outfit.fit_garment", fitted_again)
    monkeypatch.setattr("pipelines.outfit.outfit_on", fitted_again)
    assert [worn.size for worn in tailor.prepare(wish).garments][1] == "L"
    with pytest.raises(GarmentNotFound):
        list(tailor.foresee(Wish((GarmentChoice("cape"),))))


def test_torso_hides_trousers_alone_but_not_the_shirt_that_covers_it() -> None:
    catalogue, model = load_catalogue(), load_body_model()

    def torso_rest(*ids: str) -> int:
        outfit = prepare(Wish(tuple(GarmentChoice(id, "M") for id in ids)), catalogue, model)
        torso = outfit.body.rest_m[outfit.body.model.vertices_of("torso")]
        chest = torso[np.abs(torso[:, 1] - np.median(torso[:, 1])) < 0.05]
        return int((np.abs(outfit.occluder.rest_m[:, None] - chest[None]).max(2) < 1e-6).any(1).sum())

    assert torso_rest("shorts_chino") > 5
    assert torso_rest("shorts_chino", "shirt_stripe", "jacket_denim") == 0


def test_inside_of_a_skirt_is_drawn_below_its_hem(outfits: dict[str, Outfit]) -> None:
    assert (outfits["skirt_a_line"].sides[0] == 2).all()
    assert (outfits["trousers_chino"].sides[0] < 2).mean() > 0.15


def test_inside_of_a_long_coat_is_drawn_between_the_legs_which_hide_it() -> None:
    catalogue, model = load_catalogue(), load_body_model()
    coat, jacket = (prepare(Wish((GarmentChoice(id, "M"),)), catalogue, model) for id in ("coat_wool", "jacket_denim"))
    (worn,), (sides,) = coat.garments, coat.sides
    corners = worn.rest_m[worn.faces]
    back = (corners[..., 2].max(axis=1) < -0.05) & (worn.arm_weight[worn.faces].max(axis=1) < 0.1)
    hip, knee = (coat.body.heads_m[model.bone(bone)][1] for bone in ("upperleg01.L", "lowerleg01.L"))
    assert (sides[back & (corners[..., 1].max(axis=1) < 0.5 * (hip + knee))] == 2).all()
    assert (sides[back & (corners[..., 1].min(axis=1) > hip)] < 2).mean() > 0.8
    assert coat.legs is not None
    assert jacket.legs is None


def test_top_is_tucked_in_where_the_shopper_wants_it_or_the_garment_says_so() -> None:
    packages, model = load_catalogue().list(), load_body_model()
    for default in (False, True):
        shop = Catalogue([one.model_copy(update={"tucked": default and one.can_be_tucked}) for one in packages])
        tailor = Tailor(shop, model)
        for asked in (None, True, False):
            tee, jeans = GarmentChoice("tee_crew", "M", tucked=asked), GarmentChoice("jeans_straight", "M")
            worn = [garment.package.id for garment in tailor.prepare(Wish((tee, jeans))).garments]
            inside = default if asked is None else asked
            assert worn == (["tee_crew", "jeans_straight"] if inside else ["jeans_straight", "tee_crew"])


def test_what_is_worn_over_the_waistband_is_refused_by_name() -> None:
    with pytest.raises(InputRejected, match="jacket_denim is worn over the waistband"):
        prepare(Wish((GarmentChoice("jacket_denim", tucked=True),)), load_catalogue(), load_body_model())


@pytest.mark.parametrize("id", ["tee_crew", "jacket_denim", "dress_a_line"])
def test_inside_of_sleeves_and_backs_is_not_drawn_but_that_of_skirts_is(id: str) -> None:
    outfit = prepare(Wish((GarmentChoice(id, "M"),)), load_catalogue(), load_body_model())
    worn, sides = outfit.garments[0], outfit.sides[0]
    on_arm, depth_m = worn.arm_weight[worn.faces], worn.rest_m[worn.faces, 2]
    sleeve = sides[on_arm.min(axis=1) > 0.5]
    assert set(sleeve) == {0, 1} and (sleeve == 1).mean() > 0.7
    trunk = on_arm.max(axis=1) < 0.1
    assert (sides[trunk & (depth_m.min(axis=1) > 0.1)] == 2).all()
    back = sides[trunk & (depth_m.max(axis=1) < -0.1)]
    hip = outfit.body.heads_m[outfit.body.model.bone("upperleg01.L"), 1]
    above = worn.rest_m[worn.faces, 1].min(axis=1)[trunk & (depth_m.max(axis=1) < -0.1)] > hip
    assert (back[above] < 2).mean() > 0.8
    assert (back[~above] == 2).all() if id == "dress_a_line" else (back[~above] < 2).any()


@pytest.mark.parametrize("id", ["tank_top", "dress_shift"])
def test_through_an_armhole_one_sees_no_inside_of_the_far_side(id: str) -> None:
    outfit = prepare(Wish((GarmentChoice(id, "M"),)), load_catalogue(), load_body_model())
    worn, sides = outfit.garments[0], outfit.sides[0]
    low = worn.rest_m[worn.faces, 1].min(axis=1)
    hip = outfit.body.heads_m[outfit.body.model.bone("upperleg01.L"), 1]
    assert (sides[low > hip] < 2).all()
    assert (sides[low < hip - 0.1] == 2).all() if id == "dress_shift" else (sides[low < hip] == 2).any()


def test_a_known_body_is_drawn_and_takes_the_size_that_is_advised() -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    made = {}
    for waist in (81.0, 110.0):
        told = {"height": "178 cm", "chest": waist + 15, "navel_waist": waist, "hip": waist + 12}
        known = KnownBody(tuple(evidence_of(name, value) for name, value in told.items()), "male")
        made[waist] = tailor.prepare(Wish((GarmentChoice("tee_crew"),), known=known))
        assert measure(made[waist].body)["chest"] == pytest.approx(waist + 15, abs=2)
    assert [made[waist].garments[0].size for waist in (81.0, 110.0)] == ["M", "XXL"]


@pytest.mark.parametrize("told", [None, 165.0, 182, KnownBody((evidence_of("chest", 98),), "male")])
def test_the_size_that_is_worn_is_the_one_that_is_drawn_for_what_is_told(told: float | KnownBody | None) -> None:
    tailor, package = Tailor(load_catalogue(), load_body_model()), load_catalogue().get("jeans_straight")
    known = KnownBody((evidence_of("height", told),)) if isinstance(told, float | int) else told
    wish = Wish((GarmentChoice(package.id),), None if known is told else told, known=known if known is told else None)
    size = drawn_size(known, item_of(package))
    assert tailor.prepare(wish).garments[0].size == size
    assert tuple(tailor.fits(package.id, told)) == package.sizes


@pytest.mark.parametrize("id", ["jeans_straight", "trousers_chino"])
def test_trousers_have_a_shape_where_a_slice_of_the_leg_is_a_sliver(id: str) -> None:
    package, model = load_catalogue().get(id), load_body_model()
    body = body_of(estimate([evidence_of("weight", 90.0)], "male"), model)
    assert all(np.isfinite(fit_garment(package, size, body).rest_m).all() for size in package.sizes)


def test_a_known_body_that_makes_no_sense_is_refused() -> None:
    known = KnownBody((evidence_of("height", 17.0),))
    with pytest.raises(MeasurementRejected):
        Tailor(load_catalogue(), load_body_model()).prepare(Wish((GarmentChoice("tee_crew"),), known=known))
