"""Who fits the light: numba, or by name torch on the CPU or a GPU.

Both see the same samples and give the same light; only who sums over them differs.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BackendUnavailable
from pipelines.light.fit import LightState, fit_light
from pipelines.light.lamps import F64, design
from pipelines.types import CameraFrame, Sh9


class LightFitter(Protocol):
    """Fits the light of a frame."""

    name: str

    def fit_light(
        self,
        frame: CameraFrame,
        points_px: NDArray[np.float32],
        normals: NDArray[np.float32],
        state: LightState,
    ) -> tuple[Sh9, LightState]:
        """Return (light, state): see `pipelines.light.fit.fit_light`."""
        ...


class NumbaLight:
    """Everything in numba."""

    name = "numba"

    def fit_light(
        self, frame: CameraFrame, points_px: NDArray[np.float32], normals: NDArray[np.float32], state: LightState
    ) -> tuple[Sh9, LightState]:
        """Return (light, state)."""
        return fit_light(frame, points_px, normals, state)


class TorchLight:
    """The sums over the samples by torch, on `device`."""

    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        try:
            import torch
        except ImportError as error:
            raise BackendUnavailable(f"torch cannot be imported: {error}") from error
        torch.set_num_threads(1)
        self._torch = torch
        self._device = torch.device(device)

    def fit_light(
        self, frame: CameraFrame, points_px: NDArray[np.float32], normals: NDArray[np.float32], state: LightState
    ) -> tuple[Sh9, LightState]:
        """Return (light, state)."""
        return fit_light(frame, points_px, normals, state, self._gather)

    def _gather(self, normals: NDArray[np.float32], target: F64, weight: F64) -> tuple[F64, F64]:
        lit, wanted, share = (
            self._torch.as_tensor(np.array(array), dtype=self._torch.float64, device=self._device)
            for array in (design(normals), target, weight / weight.sum())
        )
        scaled = lit * share[:, None]
        left, right = (one.cpu().numpy() for one in (scaled.T @ lit, scaled.T @ wanted))
        return np.asarray(left, np.float64), np.asarray(right, np.float64)


def select_light_fitter(name: str = "auto") -> tuple[LightFitter, str]:
    """Return (fitter, reason): "auto", "numba", "torch" (CPU) or "cuda"; a name never falls back.

    "auto" is numba everywhere: a few hundred samples are summed before a GPU has received them.
    """
    if name == "auto":
        return NumbaLight(), "a few hundred samples are summed sooner than they are copied to a GPU"
    if name == "numba":
        return NumbaLight(), "asked for by name"
    if name == "torch":
        return TorchLight("cpu"), "asked for by name"
    if name == "cuda":
        fitter = TorchLight("cpu")
        if not fitter._torch.cuda.is_available():
            raise BackendUnavailable("torch sees no CUDA device")
        return TorchLight("cuda"), "asked for by name"
    raise BackendUnavailable(f"no light fitter is called {name!r}: auto, numba, torch, cuda")
