"""Photos over real HTTP: what comes back, what is refused, what is left behind."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from tests.server.clients import House, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    limits = {"limits__photos_per_minute": 1000, "limits__consents_per_minute": 1000}
    async with running(tmp_path_factory.mktemp("var"), **limits) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as client:
        yield client


def picture(kind: str, size: tuple[int, int] = (320, 240), **options: object) -> bytes:
    target = BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(target, kind, **options)
    return target.getvalue()


async def post_photo(
    house: House, http: httpx.AsyncClient, data: bytes, query: str = "garment=block"
) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {await house.token()}"}
    return await http.post(f"/api/v1/photo?{query}", content=data, headers=bearer)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_photo_comes_back_composed_at_its_size(house: House, http: httpx.AsyncClient, kind: str) -> None:
    answer = await post_photo(house, http, picture(kind))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    image = Image.open(BytesIO(answer.content))
    assert image.size == (320, 240)
    pixels = np.asarray(image.convert("L"))
    assert pixels[120, 160] > 200 > pixels[5, 5] + 60


async def test_photo_is_turned_upright_scaled_and_stripped(house: House, http: httpx.AsyncClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010E] = "the shopper's secret"
    answer = await post_photo(house, http, picture("JPEG", (3000, 1000), exif=exif))
    assert answer.status_code == 200
    image = Image.open(BytesIO(answer.content))
    assert image.size == (532, 1600)
    assert not image.getexif()
    assert b"secret" not in answer.content


@pytest.mark.parametrize(
    "query", ["garment=block&garment=slow&size=M&size=S", "garment=block,slow", "garment=block&size=M"]
)
async def test_photo_takes_an_outfit(house: House, http: httpx.AsyncClient, query: str) -> None:
    assert (await post_photo(house, http, picture("PNG"), query)).status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("garment=cape", "garment.unknown"),
        ("garment=block&size=XS", "size.unknown"),
        ("garment=block&height_cm=12", "query"),
        ("size=M", "query"),
        ("garment=block&size=M&size=S", "query"),
        ("garment=none", "wish"),
    ],
)
async def test_photo_of_what_there_is_not_is_refused_by_name(
    house: House, http: httpx.AsyncClient, query: str, code: str
) -> None:
    answer = await post_photo(house, http, picture("PNG"), query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    await house.ready()


def huge_png() -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 20_000, 20_000, 8, 2, 0, 0, 0, 0)
        + b"\0\0\0\0IDAT" * 2
    )


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), (i * 80, 0, 0)) for i in range(3)]
    target = BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:])
    return target.getvalue()


BAD = {
    "huge header": (huge_png, 413, "photo.pixels"),
    "too many bytes": (lambda: picture("PNG") + b"\0" * (12 * 2**20), 413, "body.too_large"),
    "truncated JPEG": (lambda: picture("JPEG", (900, 900), quality=95)[:1500], 422, "photo.broken"),
    "JPEG header only": (lambda: picture("JPEG")[:10], 422, "photo.truncated"),
    "truncated PNG": (lambda: picture("PNG", (900, 900))[:200], 422, "photo.broken"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>', 422, "photo.format"),
    "GIF": (lambda: animated("GIF"), 422, "photo.format"),
    "TIFF": (lambda: picture("TIFF"), 422, "photo.format"),
    "animated PNG": (lambda: animated("PNG"), 422, "photo.animated"),
    "animated WebP": (lambda: animated("WEBP"), 422, "photo.animated"),
    "one pixel": (lambda: picture("PNG", (1, 1)), 422, "photo.size"),
    "empty": (lambda: b"", 422, "photo.format"),
    "noise": (lambda: bytes(range(256)) * 10, 422, "photo.format"),
}


@pytest.mark.parametrize("case", BAD)
async def test_photo_that_is_none_is_refused_by_name(house: House, http: httpx.AsyncClient, case: str) -> None:
    make, status, code = BAD[case]
    answer = await post_photo(house, http, make())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "I;16", "RGBA", "P", "LA"])
async def test_photo_of_any_colour_mode_is_read(house: House, http: httpx.AsyncClient, mode: str) -> None:
    target = BytesIO()
    image = Image.new(mode, (64, 48)) if mode == "I;16" else Image.new("RGB", (64, 48), (9, 99, 199)).convert(mode)
    image.save(target, "JPEG" if mode == "CMYK" else "PNG")
    assert (await post_photo(house, http, target.getvalue())).status_code == 200


async def test_photo_that_a_worker_dies_of_is_answered_and_the_next_one_served(tmp_path: Path) -> None:
    async with running(tmp_path) as house, house.http() as http:
        answer = await post_photo(house, http, picture("PNG"), "garment=crash")
        assert (answer.status_code, answer.json()["code"]) == (503, "workers")
        await house.ready()
        assert (await post_photo(house, http, picture("PNG"))).status_code == 200


async def test_no_picture_of_a_shopper_is_left_in_a_worker(house: House, http: httpx.AsyncClient) -> None:
    await post_photo(house, http, picture("PNG"))
    for worker in house.hub.pool._idle:
        assert not worker._in._bytes.any()
        assert not worker._out._bytes.any()
