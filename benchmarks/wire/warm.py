"""Imported by the fork server: the ends of a call find their imports done and their film made."""

from benchmarks.film import film
from benchmarks.wire.call import HEIGHT_PX, WIDTH_PX

film(WIDTH_PX, HEIGHT_PX)
