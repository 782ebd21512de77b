"""The error tree of everything computed.

    TryOnError
    ├── InputRejected          what came from outside cannot be used (HTTP 422)
    │   ├── ShapeError         an array has the wrong shape
    │   ├── ImageRejected      a picture or clip cannot be read, or is too large
    │   ├── GarmentRejected    a garment package breaks its rules
    │   ├── ChartRejected      a size chart that contradicts itself or mixes body and garment
    │   ├── GarmentNotFound    no garment, or no size, of that name
    │   └── MeasurementRejected  body measurements that no person has
    └── BackendUnavailable     a backend asked for by name cannot run here

Only the rim (`server/`, `run_server.py`) turns these into exit codes, HTTP codes or messages.
"""


class TryOnError(Exception):
    """Base of every error that this package raises on purpose."""


class InputRejected(TryOnError):
    """Input from outside that cannot be used; the text says what to do about it."""


class ShapeError(InputRejected):
    """An array whose shape is not the documented one."""

    def __init__(self, name: str, actual: tuple[int, ...], expected: tuple[object, ...]) -> None:
        super().__init__(f"{name}: shape {actual}, expected {expected}")
        self.actual = actual
        self.expected = expected


class ImageRejected(InputRejected):
    """A picture, frame or clip that cannot be read or is too large."""


class GarmentRejected(InputRejected):
    """A garment package that breaks the rules of its format."""


class ChartRejected(InputRejected):
    """A size chart that contradicts itself, mixes body and garment, or holds what nobody measures."""


class GarmentNotFound(InputRejected):
    """A garment id, or a size of a garment, that does not exist."""


class MeasurementRejected(InputRejected):
    """Body measurements outside what people have, or that contradict each other.

    `measure` names the one, `problem` says in a word what is wrong with it: "unknown", "number" (it is none), "range"
    (`low` to `high` is what adults have; in the unit `meant` it would make sense), "conflict" (about `likely` would go
    with the others; `inside` is the part and the whole, name and cm of each, where the part is wider), "nothing" (none
    given), "scan" (no body that can be measured).
    """

    def __init__(
        self,
        text: str,
        measure: str = "",
        problem: str = "",
        *,
        low: float | None = None,
        high: float | None = None,
        likely: float | None = None,
        meant: str = "",
        inside: tuple[tuple[str, float], tuple[str, float]] | None = None,
    ) -> None:
        super().__init__(text)
        self.measure, self.problem = measure, problem
        self.low, self.high, self.likely, self.meant, self.inside = low, high, likely, meant, inside


class BackendUnavailable(TryOnError):
    """A backend that was asked for by name cannot run on this machine."""
