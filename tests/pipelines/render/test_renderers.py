"""What every renderer must do: the same class of tests over both backends, and one against the other."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.errors import BackendUnavailable, InputRejected
from pipelines.render.backend import OCCLUDER_RECEDE_M, Renderer, select_renderer
from pipelines.render.egl import has_gpu
from pipelines.types import Surface
from tests.images import assert_image_close
from tests.pipelines.render.scenes import (
    FLAT_WHITE,
    bar,
    checks,
    item,
    on_picture,
    over_grey,
    request,
    surface,
    tube,
    weave,
)


@pytest.fixture(scope="module", params=["pyrender", "numba"])
def renderer(request):
    backend, _ = select_renderer(request.param)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def both():
    pair = [select_renderer(name)[0] for name in ("pyrender", "numba")]
    yield pair
    for backend in pair:
        backend.close()


def moved(shape: Surface, by) -> Surface:
    return replace(shape, vertices_m=shape.vertices_m + np.float32(by))


def inside_out_of(shape: Surface) -> Surface:
    return replace(shape, faces=np.ascontiguousarray(shape.faces[:, ::-1]))


def sloped_light():
    light = FLAT_WHITE.copy() * 0.5
    light[3] = (0.5, 0.4, 0.3)  # brighter toward +x, and warmer
    return light


class TestEveryRenderer:
    def test_garment_appears_where_it_projects_to(self, renderer: Renderer):
        shape, uv = tube()
        asked = request([item(shape, uv)])
        rgba, depth = on_picture(renderer.render(asked))
        x, y, z = shape.vertices_m.T.astype(np.float64)
        u = asked.K[0, 2] + asked.K[0, 0] * x / -z
        v = asked.K[1, 2] - asked.K[1, 1] * y / -z
        rows, columns = np.nonzero(rgba[..., 3] > 127)
        assert abs(columns.min() - u.min()) < 1.5 and abs(columns.max() + 1 - u.max()) < 1.5
        assert abs(rows.min() - v.min()) < 1.5 and abs(rows.max() + 1 - v.max()) < 1.5
        seen = depth[rgba[..., 3] > 127]
        assert -z.max() - 0.01 < seen.min() and seen.max() < -z.min() + 0.01
        assert np.isinf(depth[rgba[..., 3] == 0]).all()

    def test_region_is_even_and_holds_every_drawn_pixel_with_a_margin(self, renderer: Renderer):
        region = (layer := renderer.render(request([item()]))).region
        assert not (region.x0 | region.y0 | region.x1 | region.y1) & 1
        alpha = layer.rgba[..., 3]
        assert not alpha[[0, -1]].any() and not alpha[:, [0, -1]].any()
        assert alpha.mean() > 100

    def test_colour_is_the_materials_own_under_white_light_from_everywhere(self, renderer: Renderer):
        rgba = renderer.render(request([item(color=(180, 90, 40))])).rgba
        outside = rgba[rgba[..., 3] == 255]
        common = np.median(outside[:, :3], axis=0)
        assert np.abs(common - (180, 90, 40)).max() <= 2

    def test_edges_are_smooth_and_not_darkened(self, renderer: Renderer):
        rgba = renderer.render(request([item(color=(200, 200, 200))])).rgba
        edge = (rgba[..., 3] > 0) & (rgba[..., 3] < 255)
        assert len(np.unique(rgba[..., 3])) > 20
        assert edge.sum() > 100
        front = edge & (rgba[..., 0] > 150)  # the rest is the darker inside, at the collar
        assert front.sum() > 0.7 * edge.sum()
        assert np.abs(rgba[front][:, :3].astype(int) - 200).max() <= 6

    def test_edge_alpha_is_the_covered_part_of_the_pixel(self, renderer: Renderer):
        """Shift a straight slanted edge in steps of a tenth of a pixel: area must follow."""
        corners = np.float32([[-0.2, -0.2, -1], [0.1, -0.2, -1], [0.2, 0.2, -1], [-0.2, 0.2, -1]])
        faces, normals = np.int32([[0, 1, 2], [0, 2, 3]]), np.float32([[0, 0, 1]] * 4)
        areas = []
        for step in range(11):
            shifted = corners.copy()
            shifted[1:3, 0] += np.float32(step / 10 / 300)
            square = item(Surface(shifted, normals, faces), np.zeros((4, 2), np.float32), key="square")
            areas.append(renderer.render(request([square])).rgba[..., 3].sum() / 255.0)
        rise = np.diff(areas)
        assert areas[-1] - areas[0] == pytest.approx(0.4 * 300 * 1.02, rel=0.06)
        assert rise.min() > -3.0

    def test_occluder_hides_what_is_behind_it_and_leaves_no_colour(self, renderer: Renderer):
        free, _ = on_picture(renderer.render(request([item()])))
        hidden, _ = on_picture(renderer.render(request([item()], [bar(1.0)])))
        alone, _ = on_picture(renderer.render(request([item(bar(1.0), np.zeros((len(bar().vertices_m), 2)), key="b")])))
        inside = (alone[..., 3] == 255) & (free[..., 3] == 255)
        assert inside.sum() > 500
        assert not hidden[inside][:, 3].any()
        away = (cv2.dilate(alone[..., 3], np.ones((5, 5), np.uint8)) == 0) & (free[..., 3] == 255)
        away &= cv2.erode(free[..., 3], np.ones((5, 5), np.uint8)) == 255
        assert away.sum() > 5000
        assert np.array_equal(hidden[away], free[away])

    def test_occluder_behind_the_garment_changes_nothing(self, renderer: Renderer):
        free = renderer.render(request([item()])).rgba
        assert np.array_equal(free, renderer.render(request([item()], [bar(2.5)])).rgba)

    def test_skin_just_under_the_cloth_does_not_fight_with_it(self, renderer: Renderer):
        shape, uv = tube()
        same = replace(shape, faces=shape.faces.copy())
        free, covered = (renderer.render(request([item(shape, uv)], o)).rgba for o in ([], [same]))
        assert np.array_equal(free, covered)
        before = moved(same, (0.0, 0.0, 3 * OCCLUDER_RECEDE_M))
        assert renderer.render(request([item(shape, uv)], [before])).rgba[..., 3].sum() < 0.2 * free[..., 3].sum()

    def test_inside_of_the_garment_is_seen_darker(self, renderer: Renderer):
        shape, uv = tube(turn_rad=0.9)
        rgba = renderer.render(request([item(shape, uv, color=(200, 200, 200))])).rgba
        levels = np.sort(rgba[rgba[..., 3] == 255][:, 0].astype(int))
        assert levels[-1] >= 198 and 100 < levels[0] < 160
        assert (levels < 160).mean() > 0.05

    def test_sides_that_are_not_drawn_are_not_seen(self, renderer: Renderer):
        whole = item()
        outside = replace(whole, sides=np.ones(len(whole.surface.faces), np.uint8), key="outside")
        nothing = replace(whole, sides=np.zeros(len(whole.surface.faces), np.uint8), key="nothing")
        wrong_way = replace(outside, surface=inside_out_of(whole.surface), key="inside out")
        seen, told = (on_picture(renderer.render(request([one])))[0][..., 3] > 127 for one in (whole, outside))
        assert 0.8 * seen.sum() < told.sum() <= seen.sum()
        assert renderer.render(request([nothing])).rgba[..., 3].max(initial=0) == 0
        back = on_picture(renderer.render(request([wrong_way])))[1]
        front = on_picture(renderer.render(request([outside])))[1]
        assert np.nanmedian(back[np.isfinite(back)]) > np.nanmedian(front[np.isfinite(front)])

    def test_light_from_one_side_shows_on_that_side(self, renderer: Renderer):
        rgba = renderer.render(request([item(color=(180, 180, 180))], light=sloped_light())).rgba.astype(float)
        middle = rgba[rgba.shape[0] // 2]
        full = np.nonzero(middle[:, 3] == 255)[0]
        left, right = middle[full[3:12]].mean(axis=0), middle[full[-12:-3]].mean(axis=0)
        assert (right[:3] > left[:3] + 20).all()
        assert right[0] - right[2] > left[0] - left[2] + 5

    def test_texture_stands_upright_with_v_from_the_top(self, renderer: Renderer):
        corners = np.float32([[-0.2, -0.2, -1], [0.2, -0.2, -1], [0.2, 0.2, -1], [-0.2, 0.2, -1]])
        square = Surface(corners, np.float32([[0, 0, 1]] * 4), np.int32([[0, 1, 2], [0, 2, 3]]))
        uv = np.float32([[0, 1], [1, 1], [1, 0], [0, 0]])
        rgba, _ = on_picture(renderer.render(request([item(square, uv, texture=checks(), key="upright")])))
        u0, v0 = 163 - 60, 118 - 61.2
        assert np.abs(rgba[int(v0 + 7), int(u0 + 7), :3].astype(int) - (200, 30, 30)).max() <= 3
        assert np.abs(rgba[int(v0 + 7), int(u0 + 22), :3].astype(int) - (230, 225, 210)).max() <= 3

    def test_texture_far_away_fades_to_its_mean_instead_of_sparkling(self, renderer: Renderer):
        shape, uv = tube(depth_m=9.0)
        fine = np.where((np.indices((256, 256)).sum(axis=0) % 2)[..., None] == 0, 0, 255).astype(np.uint8).repeat(3, 2)
        rgba = renderer.render(request([item(shape, uv, texture=fine, key="fine", scale=4.0)])).rgba
        solid = rgba[rgba[..., 3] == 255][:, 0].astype(float)
        outside = solid[solid > np.median(solid) * 0.8]
        assert outside.std() < 6

    @pytest.mark.parametrize("normal_map", [None, weave()], ids=["plain", "woven"])
    def test_normals_of_half_the_length_get_half_the_light(self, renderer: Renderer, normal_map):
        shape, uv = tube()
        less = replace(shape, normals=np.float32(0.5) * shape.normals)
        of = {"color": (170, 120, 90), "sheen": 0.6, "normal_map": normal_map, "key": f"lit {normal_map is None}"}
        items = ((item(shape, uv, **of), 0.5), (item(less, uv, **of), 1.0))
        half, darker = (renderer.render(request([one], light=k * sloped_light())).rgba for one, k in items)
        assert np.abs(half.astype(int) - darker).max() <= 1

    def test_sheen_lifts_the_silhouette_and_leaves_the_colour_of_what_faces_the_camera(self, renderer: Renderer):
        plain, velvet = (
            renderer.render(request([item(color=(60, 20, 30), sheen=s, key=s)])).rgba.astype(float) for s in (0.0, 1.0)
        )
        full = (plain[..., 3] == 255) & (plain[..., 0] > 45)
        gain = np.where(full, velvet[..., 0] - plain[..., 0], np.nan)[len(plain) // 2]
        columns = np.nonzero(~np.isnan(gain))[0]
        edge, middle = np.nanmean(gain[columns[:4]]), np.nanmean(gain[columns[len(columns) // 2 - 2 :][:4]])
        assert edge > middle + 15 and abs(middle) < 2

    def test_weave_shows_relief_under_slanted_light(self, renderer: Renderer):
        shape, uv = tube(depth_m=0.7)
        light = sloped_light()
        flat, woven = (
            renderer.render(request([item(shape, uv, normal_map=n, key=str(n is None), scale=4.0)], light=light)).rgba
            for n in (None, weave())
        )
        assert np.array_equal(flat[..., 3], woven[..., 3])
        full = flat[..., 3] == 255
        assert np.abs(flat[full].astype(int) - woven[full])[:, :3].mean() > 3

    def test_nearer_garment_covers_the_one_behind(self, renderer: Renderer):
        shape, uv = tube()
        near = item(moved(shape, (0, 0, 0.4)), uv, color=(250, 0, 0), key="near")
        far = item(shape, uv, color=(0, 0, 250), key="far")
        for order in ((near, far), (far, near)):
            rgba, _ = on_picture(renderer.render(request(order)))
            assert rgba[118, 163, 0] > 200 and rgba[118, 163, 2] < 20

    def test_moved_vertices_move_the_picture_under_the_same_key(self, renderer: Renderer):
        shape, uv = tube()
        first = renderer.render(request([item(shape, uv)]))
        second = renderer.render(request([item(moved(shape, (0.2, 0, 0)), uv)]))
        assert second.region.x0 - first.region.x0 == pytest.approx(0.2 * 300 / 1.5, abs=6)
        again = renderer.render(request([item(shape, uv)]))
        assert np.array_equal(first.rgba, again.rgba) and np.array_equal(first.depth_m, again.depth_m)

    def test_new_material_needs_a_new_key_and_gets_it(self, renderer: Renderer):
        red, green = (renderer.render(request([item(color=c, key=c)])).rgba for c in ((250, 0, 0), (0, 250, 0)))
        assert red[..., 0].max() > 225 and green[..., 0].max() == 0 and green[..., 1].max() > 225

    def test_many_garments_in_turn_are_all_drawn_right(self, renderer: Renderer):
        for round_ in range(2):
            for n in range(40):
                rgba = renderer.render(request([item(color=(n * 5, 10, 10), key=("many", n))])).rgba
                assert abs(int(np.median(rgba[rgba[..., 3] == 255][:, 0])) - n * 5) <= 3, (round_, n)

    def test_picture_of_two_by_two_is_drawn(self, renderer: Renderer):
        shape, uv = tube(depth_m=1.0)
        K = np.array([[3.0, 0, 1], [0, 3.0, 1], [0, 0, 1]])
        layer = renderer.render(request([item(shape, uv)], width=2, height=2, K=K))
        assert layer.rgba.shape == (2, 2, 4) and layer.rgba[..., 3].min() > 100


class TestHostileInput:
    @pytest.mark.parametrize("by", [(0, 0, 5.0), (50, 0, 0), (0, -50, 0), (0, 0, -40.0)])
    def test_nothing_in_view_gives_nothing(self, renderer: Renderer, by):
        shape, uv = tube()
        layer = renderer.render(request([item(moved(shape, by), uv)]))
        assert not layer.rgba[..., 3].any()
        assert np.isinf(layer.depth_m).all()

    def test_no_items_give_an_empty_layer(self, renderer: Renderer):
        layer = renderer.render(request([], [bar()]))
        assert layer.region.is_empty and layer.rgba.shape == (0, 0, 4) and layer.depth_m.shape == (0, 0)

    def test_broken_vertices_cost_only_their_own_triangles(self, renderer: Renderer):
        shape, uv = tube()
        whole = renderer.render(request([item(shape, uv)]))
        broken = shape.vertices_m.copy()
        broken[100], broken[300, 1], broken[500] = np.nan, np.inf, 1e30
        holed = renderer.render(request([item(replace(shape, vertices_m=broken), uv)]))
        ratio = (holed.rgba[..., 3] > 0).sum() / (whole.rgba[..., 3] > 0).sum()
        assert 0.97 < ratio < 1.0
        healed = renderer.render(request([item(shape, uv)]))
        assert np.array_equal(healed.rgba, whole.rgba)

    def test_all_vertices_broken_give_an_empty_layer(self, renderer: Renderer):
        shape, uv = tube()
        nothing = replace(shape, vertices_m=np.full_like(shape.vertices_m, np.nan))
        assert renderer.render(request([item(nothing, uv)], [bar()])).region.is_empty

    def test_broken_normals_and_occluder_do_not_spoil_the_picture(self, renderer: Renderer):
        shape, uv = tube()
        normals, arm = shape.normals.copy(), bar(1.0)
        normals[::50] = np.nan
        shattered = replace(arm, vertices_m=np.full_like(arm.vertices_m, np.nan))
        rgba = renderer.render(request([item(replace(shape, normals=normals), uv)], [shattered])).rgba
        whole = renderer.render(request([item(shape, uv)])).rgba
        assert np.array_equal(rgba[..., 3], whole[..., 3])

    def test_garment_through_the_near_plane_is_cut_there(self, renderer: Renderer):
        shape, uv = tube(depth_m=0.1)  # the camera is inside it: only the half before it can be seen
        rgba, depth = on_picture(renderer.render(request([item(shape, uv, color=(200, 200, 200))])))
        full = rgba[..., 3] == 255
        assert full.mean() > 0.5
        assert depth[full].min() >= 0.0499 and depth[full].max() < 0.5

    def test_garment_larger_than_the_view_fills_it(self, renderer: Renderer):
        corners = np.float32([[-900, -900, -1], [900, -900, -1], [900, 900, -1], [-900, 900, -1]])
        wall = Surface(corners, np.float32([[0, 0, 1]] * 4), np.int32([[0, 1, 2], [0, 2, 3]]))
        rgba, depth = on_picture(renderer.render(request([item(wall, np.zeros((4, 2), np.float32), key="wall")])))
        assert (rgba[..., 3] == 255).all()
        assert np.abs(depth - 1.0).max() < 1e-3

    def test_faces_that_name_no_vertex_are_refused(self, renderer: Renderer):
        shape, uv = tube()
        faces = shape.faces.copy()
        faces[3, 1] = len(shape.vertices_m)
        with pytest.raises(InputRejected, match="faces"):
            renderer.render(request([item(replace(shape, faces=faces), uv, key="bad")]))
        with pytest.raises(InputRejected, match="faces"):
            renderer.render(request([item()], [replace(shape, faces=faces)]))

    @pytest.mark.parametrize("field", ["uv", "normals", "light", "K", "sides"])
    def test_arrays_that_contradict_each_other_are_refused(self, renderer: Renderer, field):
        shape, uv = tube()
        asked = request([item(shape, uv)])
        wrong = {
            "uv": request([item(shape, uv[:-1])]),
            "normals": request([item(replace(shape, normals=shape.normals[1:]), uv)]),
            "light": replace(asked, light=FLAT_WHITE[:4]),
            "K": replace(asked, K=np.full((3, 3), np.nan)),
            "sides": request([replace(item(shape, uv), sides=np.ones(len(shape.faces) - 1, np.uint8))]),
        }[field]
        with pytest.raises(InputRejected, match=field):
            renderer.render(wrong)

    def test_smaller_mesh_under_an_old_key_is_taken_as_new(self, renderer: Renderer):
        ball = surface(__import__("trimesh").creation.icosphere(subdivisions=1, radius=0.1))
        ball = moved(ball, (0, 0, -1))
        renderer.render(request([item(key="reused")]))
        layer = renderer.render(request([item(ball, np.zeros((len(ball.vertices_m), 2), np.float32), key="reused")]))
        assert 40 < layer.rgba.shape[1] < 80


class TestAgainstEachOther:
    @pytest.mark.parametrize("case", ["plain", "texture", "weave", "occluded", "near", "sheen", "two"])
    def test_both_backends_draw_the_same_picture(self, both, case, out_dir):
        shape, uv = tube(depth_m=0.12 if case == "near" else 1.2)
        decorated = {
            "texture": checks() if case in ("texture", "two", "occluded") else None,
            "normal_map": weave() if case == "weave" else None,
            "sheen": 0.8 if case == "sheen" else 0.0,
        }
        items = [item(shape, uv, color=(220, 210, 190), key=case, **decorated)]
        if case == "two":
            items.append(item(moved(shape, (0.25, 0.1, 0.02)), uv, color=(90, 40, 160), key="second"))
        occluder = [bar(0.85)] if case == "occluded" else []
        first, second = (r.render(request(items, occluder, sloped_light())) for r in both)
        assert first.region == second.region
        pictures = [over_grey(layer.rgba).astype(np.uint8) for layer in (first, second)]
        assert_image_close(*pictures, out_dir, max_mean_abs=0.25, name=case)
        assert np.abs(first.rgba[..., 3].astype(int) - second.rgba[..., 3]).mean() < 0.1
        solid = (first.rgba[..., 3] == 255) & (second.rgba[..., 3] == 255)
        assert np.percentile(np.abs(first.depth_m[solid] - second.depth_m[solid]), 99.5) < 1e-3

    def test_every_picture_is_the_same_the_second_time(self, both):
        asked = request([item(texture=checks(), key="again")], [bar()], sloped_light())
        for backend in both:
            first, second = backend.render(asked), backend.render(asked)
            assert np.array_equal(first.rgba, second.rgba) and np.array_equal(first.depth_m, second.depth_m)


class TestSelection:
    def test_auto_tells_what_it_chose_and_why(self):
        backend, reason = select_renderer("auto")
        assert backend.name in reason or backend.describe()["gl_renderer"] in reason
        backend.close()

    def test_unknown_name_is_refused(self):
        with pytest.raises(BackendUnavailable, match="vulkan"):
            select_renderer("vulkan")

    def test_auto_draws_with_numba_where_there_is_no_gpu(self, monkeypatch):
        monkeypatch.setattr("pipelines.render.backend.has_gpu", lambda: False)
        backend, reason = select_renderer("auto")
        assert backend.name == "numba" and "no GPU" in reason

    @pytest.mark.parametrize(("device", "chosen"), [("NVIDIA H100", "pyrender"), ("llvmpipe (LLVM 15)", "numba")])
    def test_auto_draws_with_egl_on_a_gpu_alone(self, monkeypatch, device, chosen):
        from pipelines.render.pyrender_fast import PyrenderBackend

        monkeypatch.setattr("pipelines.render.backend.has_gpu", lambda: True)
        monkeypatch.setattr(PyrenderBackend, "describe", lambda _: {"gl_renderer": device})
        backend, reason = select_renderer("auto")
        assert backend.name == chosen and device in reason
        backend.close()

    def test_a_library_that_is_missing_knows_no_gpu(self, monkeypatch):
        def missing(name):
            raise OSError(name)

        monkeypatch.setattr("ctypes.CDLL", missing)
        assert not has_gpu()

    def test_name_never_falls_back_when_egl_is_broken(self, monkeypatch):
        def broken(self):
            raise BackendUnavailable("no EGL device")

        monkeypatch.setattr("pipelines.render.egl.EglContext.__init__", broken)
        monkeypatch.setattr("pipelines.render.backend.has_gpu", lambda: True)
        with pytest.raises(BackendUnavailable, match="no EGL device"):
            select_renderer("pyrender")
        backend, reason = select_renderer("auto")
        assert backend.name == "numba" and "no EGL device" in reason

    @pytest.mark.parametrize("name", ["pyrender", "numba"])
    def test_closed_renderer_refuses_and_closes_again_in_peace(self, name):
        backend, _ = select_renderer(name)
        backend.close()
        backend.close()
        with pytest.raises(BackendUnavailable, match="closed"):
            backend.render(request([item()]))
