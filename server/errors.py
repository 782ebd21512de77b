"""What the rim refuses, and the codes it answers with.

Refused                 code (name), HTTP status, WebSocket close code
├── TokenRefused        401 / 4401, equal wording for every reason
├── OriginRefused       403 / 4403
├── MessageRefused      422 / 1007  not our schema
├── OfferRefused        422         an SDP offer or candidate outside our limits
├── PhotoRefused        422 or 413  a photo that is not one
├── ScanRefused         422         a file of a body scan that is none, or holds no body that can be measured
├── MeasureRefused      422         what nobody measures, or measurements that contradict each other
├── ChoiceRefused       422         a garment, size or delivery that is not to be had
├── NotAcceptable       406         no form of the answer that the client takes
├── WrongMedia          415         a body of another kind
├── NotHere             404         a session or connection that has ended
├── NotYet              409         nothing to be watched at the moment
├── PreconditionMissing 428         no If-Match
├── PreconditionWrong   412         If-Match names another connection
├── TooMany             429 / 1008  rate
└── TryLater            503 / 1013  no seat is free
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Base: `code` is stable and for machines, the texts are for people.

    `message` is English, or in the language that the question asked for; `texts` holds both.
    """

    http_status = 400
    close_code = 1008
    zh = "请求无法处理"

    def __init__(
        self, code: str, message: str, retry_s: float | None = None, *, en: str | None = None, zh: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_s = retry_s
        self.texts = {"en": en or message, "zh": zh or self.zh}

    @property
    def said(self) -> dict[str, Any]:
        """The JSON body of an answer over HTTP."""
        return {"code": self.code, "message": self.message, "texts": self.texts}


class TokenRefused(Refused):
    """No usable token; says nothing about why."""

    zh = "凭证缺失或无效，请重新同意后获取"
    http_status, close_code = 401, 4401

    def __init__(self) -> None:
        super().__init__("token", "The token is missing or not valid. Agree again to get a new one.")


class OriginRefused(Refused):
    """The request comes from another site, or names a host that is not ours."""

    zh = "只有本店页面可以这样请求"
    http_status, close_code = 403, 4403

    def __init__(self) -> None:
        super().__init__("origin", "Only the page of this server may ask for this.")


class MessageRefused(Refused):
    """A message outside the schema."""

    zh = "请求的格式不正确"
    http_status, close_code = 422, 1007


class OfferRefused(Refused):
    """An offer or candidate that is malformed or too large."""

    zh = "连接请求不正确"
    http_status, close_code = 422, 1007


class PhotoRefused(Refused):
    """A photo that cannot be used."""

    zh = "这张照片无法使用"
    http_status = 422


class PhotoTooLarge(PhotoRefused):
    """A photo over the size limits."""

    zh = "照片太大"
    http_status = 413


class ScanRefused(Refused):
    """A body scan that cannot be measured."""

    zh = "无法从这个扫描文件量出身体尺寸，请换一个文件：站立、双臂张开、双脚分开的 GLB、OBJ 或 PLY"
    http_status = 422


class ChoiceRefused(Refused):
    """A garment or size that the catalogue does not have, a delivery that this session cannot have, or such a wish."""

    zh = "这个选择无法满足：请检查商品、尺码、方式和身材数据"
    http_status = 422


class MeasureRefused(Refused):
    """Measurements that no size can be told from."""

    zh = "身材数据有误，请检查"
    http_status = 422


class NotAcceptable(Refused):
    """The client takes none of the forms that there are."""

    zh = "没有您的设备可用的格式"
    http_status = 406


class WrongMedia(Refused):
    """The body is of another kind than the route takes."""

    zh = "内容类型不正确"
    http_status = 415


class NotHere(Refused):
    """The session or connection has ended."""

    zh = "会话已结束"
    http_status = 404


class NotYet(Refused):
    """There is nothing to be watched at the moment."""

    zh = "暂时没有可看的内容"
    http_status = 409


class PreconditionMissing(Refused):
    """The request has to say which connection it means."""

    zh = "请求须指明是哪个连接"
    http_status = 428


class PreconditionWrong(Refused):
    """The request means a connection that was replaced."""

    zh = "请求所指的连接已被替换"
    http_status = 412


class TooMany(Refused):
    """Over a rate."""

    zh = "请求过于频繁，请稍后再试"
    http_status, close_code = 429, 1008


class TryLater(Refused):
    """Every seat is taken, or the server is starting or ending."""

    zh = "现在人数已满，请稍后再试"
    http_status, close_code = 503, 1013
