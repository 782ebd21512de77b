import numpy as np
import pytest
from scipy import sparse

from pipelines.body.slicing import unique_edges
from pipelines.garment import mesh
from pipelines.garment.mesh import Sheet


@pytest.fixture
def grid() -> tuple[Sheet, np.ndarray]:
    """A square of 20 x 20 cells, side 1, in the plane z = 0."""
    n = 21
    x, y = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    points = np.stack([x.ravel(), y.ravel(), np.zeros(n * n)], 1)
    a = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate([np.stack([a, a + 1, a + n + 1], 1), np.stack([a, a + n + 1, a + n], 1)])
    return Sheet(sparse.identity(n * n, format="csr"), faces.astype(np.int32)), points


def _area(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = points[faces].transpose(1, 0, 2)
    return np.cross(b - a, c - a)[:, 2] / 2


def _is_conforming(faces: np.ndarray) -> bool:
    """Whether no directed edge is used twice, so that neighbours agree in winding and share vertices."""
    halves = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return len(np.unique(halves, axis=0)) == len(halves)


@pytest.mark.parametrize("slope", [0.0, 0.13, 0.5, 1.0, 3.0])
def test_clip_cuts_a_straight_edge_without_slivers_wherever_the_line_runs(
    grid: tuple[Sheet, np.ndarray], slope: float
) -> None:
    sheet, points = grid
    field = points[:, 1] - slope * (points[:, 0] - 0.5) - 0.4137
    cut, on_line, _ = mesh.clip(sheet, field)
    where = cut.at(points)
    kept = where[:, 1] - slope * (where[:, 0] - 0.5) - 0.4137
    # vertices beyond the square's own corners may be moved along its border, the line itself stays exact
    assert np.abs(kept[on_line]).max() < 1e-9
    assert kept.min() > -1e-9
    area = _area(where, cut.faces)
    assert area.min() > 0
    assert area.min() > 0.02 * area.max()
    assert _is_conforming(cut.faces)


def test_clip_keeps_both_sides_apart_when_asked(grid: tuple[Sheet, np.ndarray]) -> None:
    sheet, points = grid
    cut, on_line, below = mesh.clip(sheet, points[:, 0] - 0.333, keep_below=True)
    where = cut.at(points)
    assert _area(where, cut.faces).min() > 0
    assert _area(where, cut.faces).sum() == pytest.approx(1.0, abs=2e-3)  # a snapped corner may leave the border
    x = where[cut.faces, 0]
    assert (x[below] <= 0.333 + 1e-9).all()
    assert (x[~below] >= 0.333 - 1e-9).all()
    assert on_line.sum() == 41  # 21 rows and the 20 diagonals between them
    assert _is_conforming(cut.faces)


def test_refine_halves_long_edges_and_stays_conforming(grid: tuple[Sheet, np.ndarray]) -> None:
    sheet, points = grid
    points = points * (1 + 2 * points[:, :1])
    fine = mesh.refine(sheet, points, 0.08)
    where = fine.at(points)
    edges = unique_edges(fine.faces)
    length = np.linalg.norm(where[edges[:, 0]] - where[edges[:, 1]], axis=1)
    before = np.linalg.norm(np.diff(points[unique_edges(sheet.faces)], axis=1)[:, 0], axis=1)
    assert length.max() < 0.75 * before.max()
    assert _area(where, fine.faces).sum() == pytest.approx(_area(points, sheet.faces).sum())
    assert _area(where, fine.faces).min() > 0
    assert _is_conforming(fine.faces)


def test_rows_of_a_cut_stay_weighted_means(grid: tuple[Sheet, np.ndarray]) -> None:
    sheet, points = grid
    cut, _, _ = mesh.clip(mesh.refine(sheet, points, 0.06), _field(mesh.refine(sheet, points, 0.06), points))
    assert np.allclose(cut.at(np.ones(len(points))), 1)
    assert cut.weights.data.min() > 0


def _field(sheet: Sheet, points: np.ndarray) -> np.ndarray:
    where = sheet.at(points)
    return np.hypot(where[:, 0] - 0.5, where[:, 1] - 0.5) - 0.31


def test_boundary_of_a_ring_is_two_loops_longest_first(grid: tuple[Sheet, np.ndarray]) -> None:
    sheet, points = grid
    cut, _, _ = mesh.clip(sheet, np.hypot(points[:, 0] - 0.5, points[:, 1] - 0.5) - 0.31)
    outer, inner = mesh.boundary_loops(cut.faces)
    where = cut.at(points)
    assert len(outer) == 80
    radius = np.hypot(*(where[inner, :2] - 0.5).T)
    assert radius.max() - radius.min() < 0.01


def test_opposite_pairs_face_each_other_across_every_inner_edge(grid: tuple[Sheet, np.ndarray]) -> None:
    sheet, _ = grid
    edges = unique_edges(sheet.faces)
    pairs = mesh.opposite_pairs(sheet.faces)
    assert len(pairs) == len(edges) - 80
    assert (pairs[:, 0] != pairs[:, 1]).all()
