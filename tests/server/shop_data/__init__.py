"""Tests of `server/shop`; `tests/server/shop.py` is the catalogue that all tests of the server share."""
