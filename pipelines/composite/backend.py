"""Who blends: numba, or by name torch on the CPU or a GPU. Same protocol, same picture to one level of 255."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.composite.blend import OcclusionU8, check_layer, composite, fade
from pipelines.composite.shadow import GainU8, Shadow, cast
from pipelines.errors import BackendUnavailable
from pipelines.types import CameraFrame, GarmentLayer, Region

# BT.601, limited range, full-range 8-bit RGB in; rows Y, Cb, Cr.
BT601 = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255.0


class Compositor(Protocol):
    """Blends garment layers into frames."""

    name: str

    def describe(self) -> dict[str, str]:
        """Tell backend and device, for the log and the health page."""
        ...

    def composite(
        self,
        frame: CameraFrame,
        layer: GarmentLayer,
        occlusion: OcclusionU8 | None = None,
        opacity: float = 1.0,
        shadow: Shadow | None = None,
    ) -> tuple[CameraFrame, GarmentLayer]:
        """Return (new frame, layer as blended): see `pipelines.composite.blend.composite`."""
        ...


class NumbaCompositor:
    """The blend on one core."""

    name = "numba"

    def describe(self) -> dict[str, str]:
        """Tell what blends."""
        return {"backend": "numba", "device": "cpu"}

    def composite(
        self,
        frame: CameraFrame,
        layer: GarmentLayer,
        occlusion: OcclusionU8 | None = None,
        opacity: float = 1.0,
        shadow: Shadow | None = None,
    ) -> tuple[CameraFrame, GarmentLayer]:
        """Blend `layer`."""
        return composite(frame, layer, occlusion, opacity, shadow)


class TorchCompositor:
    """The blend in torch; only the region of interest travels to `device` and back."""

    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        try:
            import torch
        except ImportError as error:
            raise BackendUnavailable(f"torch cannot be imported: {error}") from error
        torch.set_num_threads(1)
        self._torch = torch
        self._device = torch.device(device)
        self._to_yuv = torch.as_tensor(BT601, dtype=torch.float32, device=self._device)

    def describe(self) -> dict[str, str]:
        """Tell what blends, and where."""
        cuda = self._device.type == "cuda"
        device = self._torch.cuda.get_device_name(self._device) if cuda else "cpu"
        return {"backend": f"torch {self._torch.__version__}", "device": device}

    def composite(
        self,
        frame: CameraFrame,
        layer: GarmentLayer,
        occlusion: OcclusionU8 | None = None,
        opacity: float = 1.0,
        shadow: Shadow | None = None,
    ) -> tuple[CameraFrame, GarmentLayer]:
        """Blend `layer`."""
        check_layer(frame, layer, occlusion)
        rgba, region = fade(layer.rgba, occlusion, opacity), layer.region
        planes = [frame.y.copy(), frame.u.copy(), frame.v.copy()]
        if not region.is_empty:
            if shadow is not None:
                gain, shaded = cast(frame, layer, rgba, shadow)
                self._darken(_windows(planes, shaded), gain)
            windows = _windows(planes, region)
            for window, blended in zip(windows, self._blend(rgba, windows), strict=True):
                window[...] = blended
        y, u, v = planes
        return CameraFrame(y, u, v, frame.captured_s, frame.K), GarmentLayer(rgba, layer.depth_m, region)

    def _darken(self, windows: list[NDArray[np.uint8]], gain: GainU8) -> None:
        left = self._tensor(gain) / 255.0
        wide = left.repeat_interleave(2, 0).repeat_interleave(2, 1)
        for window, share, black in zip(windows, (wide, left, left), (16.0, 128.0, 128.0), strict=True):
            window[...] = self._bytes(black + (self._tensor(window) - black) * share)

    def _blend(self, rgba: NDArray[np.uint8], windows: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        pool = self._torch.nn.functional.avg_pool2d
        picture = self._tensor(rgba)
        alpha = picture[..., 3] / 255.0
        yuv = picture[..., :3] @ self._to_yuv.T + self._torch.tensor([16.0, 128.0, 128.0], device=self._device)
        weighted = self._torch.stack([alpha, yuv[..., 1] * alpha, yuv[..., 2] * alpha])[None]
        share, blue, red = pool(weighted, 2)[0]
        old = [self._tensor(window) for window in windows]
        new = [
            old[0] + (yuv[..., 0] - old[0]) * alpha,
            old[1] * (1.0 - share) + blue,
            old[2] * (1.0 - share) + red,
        ]
        return [self._bytes(plane) for plane in new]

    def _bytes(self, plane: Any) -> NDArray[np.uint8]:
        return np.asarray(plane.round().clamp(0, 255).to(self._torch.uint8).cpu().numpy(), np.uint8)

    def _tensor(self, array: NDArray[np.uint8]) -> Any:
        return self._torch.from_numpy(np.array(array)).to(self._device, self._torch.float32)


def _windows(planes: list[NDArray[np.uint8]], region: Region) -> list[NDArray[np.uint8]]:
    """Return the part of the y, u and v planes that `region` covers."""
    half = (slice(region.y0 // 2, region.y1 // 2), slice(region.x0 // 2, region.x1 // 2))
    return [planes[0][region.y0 : region.y1, region.x0 : region.x1], planes[1][half], planes[2][half]]


def select_compositor(name: str = "auto") -> tuple[Compositor, str]:
    """Return (compositor, reason): "auto", "numba", "torch" (on the CPU) or "cuda"; a name never falls back.

    "auto" is numba everywhere: only the region of interest is blended, and on an H100 (`bench backends`) its way to the
    GPU and back alone takes longer than the blend on one core.
    """
    if name == "auto":
        return NumbaCompositor(), "one core blends the region of interest before a GPU has received it"
    if name == "numba":
        return NumbaCompositor(), "asked for by name"
    if name == "torch":
        return TorchCompositor("cpu"), "asked for by name"
    if name == "cuda":
        if not TorchCompositor("cpu")._torch.cuda.is_available():
            raise BackendUnavailable("torch sees no CUDA device")
        return TorchCompositor("cuda"), "asked for by name"
    raise BackendUnavailable(f"no compositor is called {name!r}: auto, numba, torch, cuda")
