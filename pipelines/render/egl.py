"""An offscreen OpenGL context on EGL that several renderers of one process can share a display with.

pyrender's platform ends the whole display when one context is deleted, which takes every other
context of the process with it. This one destroys its own context alone, and a caller that finds its
context dead (`make_current` raises ContextLost) opens a new one.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

from pipelines.errors import BackendUnavailable

_DEVICES_MAX, _EXTENSIONS = 32, 0x3055


class ContextLost(Exception):
    """The context died under us: the display was ended, or the device was reset."""


def prepare_environment() -> None:
    """Set what PyOpenGL and Mesa read once, at import or at the first context.

    llvmpipe rasterises in the calling thread: its workers only fight the other stages for two cores.
    """
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    os.environ.setdefault("LP_NUM_THREADS", "0")
    if os.environ["PYOPENGL_PLATFORM"] != "egl":
        raise BackendUnavailable(f"PYOPENGL_PLATFORM is {os.environ['PYOPENGL_PLATFORM']!r}, need 'egl'")


def has_gpu() -> bool:
    """Whether EGL knows a device that is no software renderer.

    Asked without PyOpenGL and without a context: both take a second and 120 MB, for nothing where there is none.
    """
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    query_devices, query_string = (
        egl.eglGetProcAddress(n) for n in (b"eglQueryDevicesEXT", b"eglQueryDeviceStringEXT")
    )
    if not query_devices or not query_string:
        return False
    count, devices = ctypes.c_int32(0), (ctypes.c_void_p * _DEVICES_MAX)()
    kind = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)
    if not kind(query_devices)(_DEVICES_MAX, devices, ctypes.byref(count)):
        return False
    extensions = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int32)(query_string)
    told = [extensions(device, _EXTENSIONS) or b"" for device in devices[: count.value]]
    return any(b"EGL_MESA_device_software" not in one.split() for one in told)


class EglContext:
    """One OpenGL 4.1 core context without a surface, on the first EGL device that gives one."""

    def __init__(self) -> None:
        prepare_environment()
        try:
            from pyrender.platforms import egl
        except Exception as error:  # PyOpenGL raises what it likes when libEGL is missing
            raise BackendUnavailable(f"EGL cannot be loaded: {error}") from error
        self._platform: Any = None
        reasons = []
        for device in self._devices(egl):
            platform = egl.EGLPlatform(1, 1, device=device)
            try:
                platform.init_context()
            except Exception as error:
                platform._egl_display = None
                reasons.append(f"{type(error).__name__} {error}".strip())
                continue
            self._platform = platform
            return
        raise BackendUnavailable("no EGL device gives an OpenGL 4.1 context: " + ("; ".join(reasons) or "none found"))

    @staticmethod
    def _devices(egl: Any) -> list[Any]:
        first = int(os.environ.get("EGL_DEVICE_ID", "0"))
        devices = list(egl.query_devices())
        return devices[first:] + devices[:first]

    def make_current(self) -> None:
        """Bind the context to the calling thread; raise ContextLost if it is dead."""
        try:
            self._platform.make_current()
        except Exception as error:
            raise ContextLost(str(error)) from error

    def release(self) -> None:
        """Unbind, so that another thread may use the context next."""
        from OpenGL import EGL

        EGL.eglMakeCurrent(self._platform._egl_display, EGL.EGL_NO_SURFACE, EGL.EGL_NO_SURFACE, EGL.EGL_NO_CONTEXT)

    def close(self) -> None:
        """Destroy this context and leave the display to the others."""
        from OpenGL import EGL
        from OpenGL.error import GLError

        platform, self._platform = self._platform, None
        if platform is None:
            return
        display, context = platform._egl_display, platform._egl_context
        platform._egl_display = platform._egl_context = None  # its finaliser would end the display
        try:
            EGL.eglMakeCurrent(display, EGL.EGL_NO_SURFACE, EGL.EGL_NO_SURFACE, EGL.EGL_NO_CONTEXT)
            EGL.eglDestroyContext(display, context)
        except GLError:
            return  # somebody ended the display, and the context with it
