"""What shoppers are told when the shop refuses, in English and Chinese, and the texts that they may agree to."""

from __future__ import annotations

from typing import TypeVar

from server.errors import Refused
from server.shop.wire import Language, Purpose

R = TypeVar("R", bound=Refused)

WORDS: dict[str, dict[Language, str]] = {
    "shop.closed": {
        "en": "The shop's data cannot be reached just now; trying on works. Try again in a moment.",
        "zh": "暂时无法读取商店数据，试穿不受影响，请稍后再试。",
    },
    "shop.busy": {"en": "The shop is busy. Try again in a moment.", "zh": "商店繁忙，请稍后再试。"},
    "rate.shop": {"en": "Too many requests. Wait a minute.", "zh": "请求过于频繁，请一分钟后再试。"},
    "product.unknown": {"en": "{product} is not sold here.", "zh": "本店没有商品 {product}。"},
    "sku.unknown": {"en": "{sku} is not sold here.", "zh": "本店没有 {sku} 这一款。"},
    "size.unknown": {"en": "{product} comes in {sizes}.", "zh": "{product} 的尺码有 {sizes}。"},
    "chart.wrong": {
        "en": "The shop's size chart of {product} cannot be right, so that no size can be told: {why}.",
        "zh": "商品 {product} 的尺码表有误，暂时无法推荐尺码，请联系商家。",
    },
    "cart.stock": {
        "en": "Only {available} of these are left.",
        "zh": "库存不足，仅剩 {available} 件。",
    },
    "cart.sold_out": {"en": "This size is sold out in this colour.", "zh": "该颜色的这个尺码已售罄。"},
    "cart.full": {"en": "A cart holds {most} different things.", "zh": "购物车最多放 {most} 种商品。"},
    "consent.missing": {
        "en": "This is kept only if you agree to it: read and accept its text first.",
        "zh": "只有您同意后才会保存，请先阅读并同意说明。",
    },
    "consent.text_version": {
        "en": "The text is now version {version}. Read it again.",
        "zh": "说明已更新为第 {version} 版，请重新阅读。",
    },
    "body.unknown": {"en": "There is no such saved body.", "zh": "没有这个已保存的身材。"},
    "body.many": {
        "en": "At most {most} bodies are kept. Delete one first.",
        "zh": "最多保存 {most} 个身材，请先删除一个。",
    },
    "body.name": {"en": "You already keep a body called {name}.", "zh": "已有名为 {name} 的身材。"},
}

TEXT_VERSION: dict[Purpose, str] = {"bodies": "1", "history": "1"}
TEXTS: dict[Purpose, dict[Language, str]] = {
    "bodies": {
        "en": (
            "Keep the body measurements that I save, with the name I give them, on this shop's server: encrypted, for "
            "{days} days after the last change, and for nothing but telling my size. I can see, correct, export and "
            "delete them at any time; taking this back deletes them all."
        ),
        "zh": (
            "同意本店服务器保存我主动提交的身材数据和我起的名称：加密保存，最后一次修改后 {days} 天自动删除，"
            "仅用于推荐尺码。我可以随时查看、更正、导出或删除；撤回同意时全部删除。"
        ),
    },
    "history": {
        "en": (
            "Remember for {days} days which products I looked at and tried on, to suggest others. Taking this back "
            "deletes what was remembered."
        ),
        "zh": "同意在 {days} 天内记录我浏览和试穿过的商品，用于推荐。撤回同意时删除这些记录。",
    },
}


def refused(kind: type[R], code: str, language: Language, retry_s: float | None = None, **values: object) -> R:
    """Return a refusal in words of `language`."""
    texts = {each: words.format(**values) for each, words in WORDS[code].items()}
    return kind(code, texts[language], retry_s, en=texts["en"], zh=texts["zh"])
