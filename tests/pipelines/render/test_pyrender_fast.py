"""The fast path against stock pyrender, and what it holds on to."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.render.backend import select_renderer
from pipelines.render.pyrender_fast import PyrenderBackend
from tests.images import assert_image_close
from tests.pipelines.render.scenes import bar, checks, item, on_picture, request, tube, weave


def stock_picture(asked, texture):
    """Draw `asked` with unpatched pyrender: unlit garment, black occluder; returns (rgb, white mask, depth)."""
    import pyrender

    def primitive(shape, uv, picture):
        source = None if picture is None else pyrender.Texture(source=Image.fromarray(picture), source_channels="RGB")
        factor = (0.0, 0.0, 0.0, 1.0) if uv is None else (1.0, 1.0, 1.0, 1.0)
        material = pyrender.MetallicRoughnessMaterial(baseColorFactor=factor, baseColorTexture=source, doubleSided=True)
        return pyrender.Mesh(
            [
                pyrender.Primitive(
                    positions=shape.vertices_m,
                    normals=shape.normals,
                    texcoord_0=uv,
                    indices=shape.faces,
                    material=material,
                    mode=4,
                )
            ]
        )

    K, (garment,) = asked.K, asked.items
    offscreen = pyrender.OffscreenRenderer(asked.width_px, asked.height_px)
    camera = pyrender.IntrinsicsCamera(K[0, 0], K[1, 1], K[0, 2], K[1, 2], znear=0.05, zfar=20.0)
    flags = pyrender.RenderFlags.FLAT | pyrender.RenderFlags.SKIP_CULL_FACES
    pictures = []
    upside_down = garment.uv * np.float32([1, -1])  # stock pyrender has v = 0 at the bottom
    for picture in (texture, np.full((2, 2, 3), 255, np.uint8)):
        scene = pyrender.Scene(bg_color=(0.0, 0.0, 0.0))
        scene.add(camera)
        scene.add(primitive(garment.surface, upside_down, picture))
        for shape in asked.occluder:
            scene.add(primitive(shape, None, None))
        pictures.append(offscreen.render(scene, flags))
    offscreen.delete()
    (color, depth), (mask, _) = pictures
    return color, mask[..., 0], depth


def test_fast_path_covers_and_colours_what_stock_pyrender_does(out_dir):
    shape, uv = tube()
    asked = request([item(shape, uv, texture=checks())], [bar()])
    backend, _ = select_renderer("pyrender")
    rgba, depth = on_picture(backend.render(asked))
    backend.close()
    color, coverage, stock_depth = stock_picture(asked, checks())
    # Stock pyrender has four samples, ours smooths the outline: at most a rim pixel here and there differs.
    assert_image_close(rgba[..., 3].copy(), coverage.copy(), out_dir, max_mean_abs=0.5, name="coverage")
    inside = (rgba[..., 3] == 255) & (coverage == 255)
    assert inside.sum() > 8000
    difference = np.abs(depth - stock_depth)[inside]
    assert np.median(difference) < 1e-3 and np.percentile(difference, 99) < 4e-3
    front = inside & (np.abs(rgba[..., :3].astype(int) - color[..., :3]).max(axis=2) < 60)
    assert front.sum() > 0.9 * inside.sum()  # the rest is the inside, which is darker here, and cell borders
    assert np.abs(rgba[front][:, :3].astype(int) - color[front][:, :3]).mean() < 2.5  # bright cloth rolls off here


def test_first_picture_of_cloth_at_any_distance_is_as_every_other():
    """Each level of its two pictures goes to the graphics memory with the first frame that needs it."""
    backend, _ = select_renderer("pyrender")
    for depth_m in (6.0, 3.0, 1.0):
        shape, uv = tube(depth_m)
        asked = request([item(shape, uv, texture=checks(1024), normal_map=weave(512))])
        first, second = (on_picture(backend.render(asked))[0] for _ in range(2))
        assert np.unique(first[first[..., 3] == 255][:, :3], axis=0).shape[0] > 10
        np.testing.assert_array_equal(first, second)
    backend.close()


def memory_mb() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_renderers_made_and_closed_leave_nothing_behind():
    asked = request([item(texture=checks(1024))], [bar()])

    def once():
        backend, _ = select_renderer("pyrender")
        backend.render(asked)
        backend.close()

    for _ in range(4):
        once()
    gc.collect()
    files, threads, before = len(os.listdir("/proc/self/fd")), threading.active_count(), memory_mb()
    for _ in range(20):
        once()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= files
    assert threading.active_count() == threads
    assert memory_mb() - before < 20 * 0.5


def test_closing_one_renderer_leaves_the_others_alive():
    asked = request([item()])
    first, second = PyrenderBackend(), PyrenderBackend()
    expected, context = first.render(asked), first._context
    second.close()
    del second
    gc.collect()
    assert first._context is context and first._current() is first._fast, "the first context was lost"
    assert np.array_equal(first.render(asked).rgba, expected.rgba)
    first.close()


def test_renderer_recovers_when_somebody_ends_the_display():
    import pyrender

    asked = request([item(texture=checks())], [bar()])
    backend = PyrenderBackend()
    expected = backend.render(asked)
    context = backend._context
    pyrender.OffscreenRenderer(16, 16).delete()  # stock pyrender calls eglTerminate
    assert np.array_equal(backend.render(asked).rgba, expected.rgba)
    assert backend._context is not context
    pyrender.OffscreenRenderer(16, 16).delete()
    backend.close()


def test_renderer_made_in_one_thread_draws_in_another():
    asked = request([item()])
    backend = PyrenderBackend()
    expected, drawn = backend.render(asked), []
    worker = threading.Thread(target=lambda: drawn.append(backend.render(asked)))
    worker.start()
    worker.join()
    assert np.array_equal(drawn[0].rgba, expected.rgba)
    assert np.array_equal(backend.render(asked).rgba, expected.rgba)
    backend.close()


def test_shader_that_does_not_compile_makes_the_backend_unusable_not_silent(tmp_path, monkeypatch):
    source = Path(__file__).resolve().parents[3] / "shaders"
    for file in source.glob("*.vert"):
        (tmp_path / file.name).write_text(file.read_text())
    for file in source.glob("*.frag"):
        (tmp_path / file.name).write_text("#version 330 core\nvoid main() { nonsense }")
    monkeypatch.setattr("pipelines.render.pyrender_fast.SHADER_DIR", tmp_path)
    from pipelines.errors import BackendUnavailable

    with pytest.raises(BackendUnavailable, match="EGL"):
        PyrenderBackend()
