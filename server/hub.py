"""Everything the routes share: who may come in, who sits where, and how it ends."""

from __future__ import annotations

import asyncio
import functools
import time
import tomllib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from server import rtc, schema
from server.admission import Admission, cores
from server.catalogue import Catalogue
from server.consent import ConsentLog
from server.errors import Refused, TokenRefused, TooMany, TryLater
from server.limits import AddressCounts, AddressRates
from server.metrics import Metrics
from server.offers import SHOPPER, OfferKind
from server.returns import Returns
from server.session import Session
from server.settings import ROOT, Settings
from server.shop.shop import Shop
from server.tasks import Tasks
from server.text_reader import TextReader
from server.tokens import Claims, JoinTokens, Tokens, load_secret
from server.turntable.desk import Desk
from server.worker.pool import LIVE_PATH, Pool

LAG_PROBE_S = 0.05
PRICE_S = 1.0
FAREWELLS = ("bye", "server_ends")  # reasons after which nobody comes back
log = structlog.get_logger("lookglass.hub")
Leaver = Callable[[str], Awaitable[None]]


class Hub:
    """One server's state.  One event loop only."""

    def __init__(self, settings: Settings, catalogue: Catalogue, pipeline: str = LIVE_PATH) -> None:
        self.settings, self.catalogue = settings, catalogue
        self.metrics = Metrics()
        self.pool = Pool(settings, pipeline)
        self.desk = Desk(settings, pipeline)
        self.text_reader = TextReader(settings.language_model)
        self.shop = Shop(settings, catalogue)
        session, limits = settings.session, settings.limits
        secret = (
            session.token_secret.get_secret_value() if session.token_secret else load_secret(settings.server.var_dir)
        )
        self.tokens = Tokens(secret, session.token_s, session.token_leeway_s)
        self.joins = JoinTokens() if settings.lan.enabled and settings.lan.join_token else None
        self.on_join_used: Callable[[], None] = lambda: None
        self._consents = ConsentLog(settings.server.var_dir / "consent.jsonl", session.consent_text_version)
        self.offer_rates = AddressRates(limits.offers_per_minute, 60)
        self.consent_rates = AddressRates(limits.consents_per_minute, 60)
        self.photo_rates = AddressRates(limits.photos_per_minute, 60)
        self.connections = AddressCounts(limits.connections_per_address)
        self._sessions: dict[str, Session] = {}
        self._leavers: dict[str, Leaver] = {}
        self.admission = Admission(limits.least_fps, cores())
        self.returns = Returns(session.resume_s)
        self._tasks, self._leaving = Tasks(), Tasks()
        self.draining = False

    async def start(self) -> None:
        """Start the workers; returns before they are ready."""
        names = rtc.install(self.settings.media, self.metrics.count_wire)
        log.info("low-delay parts", installed=list(names))
        self.pool.start()
        self.shop.start()
        self._tasks.spawn(self.shop.keep_tidy())
        self._tasks.spawn(self._probe_lag())
        self._tasks.spawn(self._watch_price())

    async def farewell(self) -> None:
        """Tell every shopper and free every seat; nobody new sits down, and texts are read by rules alone."""
        self.draining = True
        leaving = [self.leave(session_id, "server_ends") for session_id in list(self._sessions)]
        await asyncio.gather(self.text_reader.stop(), *leaving)
        await self._leaving.ended()

    async def stop(self) -> None:
        """End everything, the workers last."""
        await self.farewell()
        await self._tasks.dropped()
        await self.desk.stop()
        await self.shop.stop()
        await self.pool.stop()

    def consent(
        self, consent: schema.Consent, address: str, device_pass: str | None
    ) -> tuple[schema.ConsentAnswer, bool]:
        """Record a consent; return the token and whether the device earned a pass.  Raises Refused."""
        if not self.consent_rates.allow(address, time.monotonic()):
            raise self.refuse(TooMany("rate.consent", "Too often. Wait a minute.", retry_s=60))
        now_s = time.time()
        self._consents.check(consent)
        earned = False
        if self.joins is not None and not self.tokens.check_pass(device_pass, now_s):
            self.joins.use(consent.join)
            earned = True
            self.on_join_used()
        token, claims = self.tokens.make(now_s)
        self._consents.record(claims.session_id, now_s)
        return schema.ConsentAnswer(token=token, expires_s=self.settings.session.token_s), earned

    def come_back(self, key: str) -> Claims:
        """Return the claims of the session that `key` opens again.  Raises TokenRefused."""
        session_id = self.returns.use(key, time.monotonic())
        return Claims(session_id, "", time.time())

    def knock(self, token: str | None) -> None:
        """Raise TokenRefused unless `enter` would let this token in."""
        claims = self.tokens.check(token, time.time(), expired_too=True)
        if not self.returns.is_owner(claims.session_id, claims.jti, time.monotonic()):
            self.tokens.check_unused(token, time.time())

    def enter(self, token: str | None) -> Claims:
        """Return the claims of a token that sits down over plain HTTP, or comes back.  Raises TokenRefused."""
        claims = self.tokens.check(token, time.time(), expired_too=True)
        if self.returns.is_owner(claims.session_id, claims.jti, time.monotonic()):
            return claims
        return self.tokens.use(token, time.time())

    async def offer(
        self, claims: Claims, sdp: str, address: str, watcher: Leaver | None, kind: OfferKind = SHOPPER,
        wished: schema.State | None = None,
    ) -> str:  # fmt: skip
        """Answer an offer of the session in `claims`; seats it, in what is `wished`, if it has no seat.

        Raises Refused; the token of `claims` may then be used again, as if it had not been.
        """
        session = self._sessions.get(claims.session_id)
        if session is None:
            try:
                self.limit_offers(address)
                return await self._seat(claims, sdp, watcher, kind, wished)
            except BaseException as error:
                if not self.returns.is_owner(claims.session_id, claims.jti, time.monotonic()):
                    self.tokens.give_back(claims)
                if isinstance(error, Refused):
                    raise self.refuse(error) from None
                raise
        try:
            self.limit_offers(address)
            if watcher is not None:
                self._leavers[session.id] = watcher
                session.watched = True
            return await session.answer(sdp, kind)
        except Refused as refused:
            raise self.refuse(refused) from None

    def limit_offers(self, address: str) -> None:
        """Count an offer.  Raises TooMany."""
        if not self.offer_rates.allow(address, time.monotonic()):
            raise TooMany("rate.offers", "Too many offers. Wait a minute.", retry_s=60)

    async def _seat(
        self, claims: Claims, sdp: str, watcher: Leaver | None, kind: OfferKind, wished: schema.State | None
    ) -> str:
        self._require_room()
        kept = self.returns.state_of(claims.session_id) or wished
        session = Session(
            claims.session_id, self.settings, self.pool, self.catalogue, self.metrics, self._session_ended, kept
        )
        session.watched = watcher is not None
        self._sessions[session.id] = session
        try:
            answer = await session.answer(sdp, kind)
        except BaseException:
            if self._sessions.get(session.id) is session:
                del self._sessions[session.id]
                self._leavers.pop(session.id, None)  # of who comes back before it is seated
            await session.close("refused")
            raise
        self._seated(session, claims, watcher, kind)
        return answer

    def session(self, session_id: str) -> Session | None:
        """Return a session that has its seat."""
        return self._sessions.get(session_id)

    async def candidate(self, session_id: str, candidate: schema.IceCandidate | None) -> None:
        """Add a trickled candidate.  Raises Refused."""
        session = self._sessions.get(session_id)
        if session is not None:
            await session.add_candidate(candidate)

    def owner(self, token: str | None) -> Claims:
        """Return the claims of the token that sat down over plain HTTP, expired or not.  Raises TokenRefused."""
        claims = self.tokens.check(token, time.time(), expired_too=True)
        if not self.returns.is_owner(claims.session_id, claims.jti, time.monotonic()):
            raise TokenRefused
        return claims

    async def hang_up(self, session_id: str, watcher: Leaver) -> None:
        """A socket is gone without a goodbye: as long as its shopper's media comes, the seat stays theirs."""
        session = self._sessions.get(session_id)
        if session is None or self._leavers.get(session_id) != watcher:
            return  # never seated, or come back through another socket
        if session.connecting:
            await self.leave(session_id, "left")
            return
        del self._leavers[session_id]
        session.watched = False

    async def leave(self, session_id: str, reason: str) -> None:
        """End a session, if it is still there; who did not say goodbye may come back for a while."""
        session = self._sessions.pop(session_id, None)
        if reason in FAREWELLS:
            self.returns.forget(session_id)
        if session is None:
            return
        if reason not in FAREWELLS:
            self.returns.keep(session_id, session.kept, time.monotonic())
            asyncio.get_running_loop().call_later(self.settings.session.resume_s, self._forget_old)
        leaving = self._leaving.spawn(self._let_go(session, reason, self._leavers.pop(session_id, None)))
        await asyncio.shield(leaving)  # it ends whoever is cancelled while they wait for it

    async def _let_go(self, session: Session, reason: str, watcher: Leaver | None) -> None:
        seated = session.peer is not None
        await session.close(reason)
        if seated:
            self.metrics.sessions.dec()
            self.metrics.ended.labels(reason).inc()
        if watcher is not None:
            await watcher(reason)

    def refuse(self, refused: Refused) -> Refused:
        """Count a refusal."""
        self.metrics.refused.labels(refused.code).inc()
        return refused

    def health(self) -> dict[str, Any]:
        """What `/healthz` tells."""
        info = self.pool.info
        for state, count in self.pool.counts.items():
            self.metrics.workers.labels(state).set(count)
        self.metrics.viewers.set(sum(len(session.viewers) for session in self._sessions.values()))
        status = "draining" if self.draining else "ok" if self.pool.ready else "starting"
        return {
            "status": status, "version": product_version(), "render": info.get("render", {}),
            "composite": info.get("composite", {}), "pose": info.get("pose", {}), "shop": self.shop.health,
            "workers": self.pool.counts,
            "sessions": {
                "now": len(self._sessions), "max": self.settings.limits.sessions_max,
                "room": self.admission.room(len(self._sessions), self.pool.frame_cpu_s),
            },
        }  # fmt: skip

    def _require_room(self) -> None:
        limits = self.settings.limits
        if self.draining or len(self._sessions) >= limits.sessions_max:
            raise TryLater("seats", "Every place is taken. Try again in a moment.", retry_s=10)
        if sum(session.connecting for session in self._sessions.values()) >= limits.half_open_max:
            raise TryLater("half_open", "Too many are connecting. Try again in a moment.", retry_s=5)
        self.admission.check(len(self._sessions), self.pool.frame_cpu_s)

    def _seated(self, session: Session, claims: Claims, watcher: Leaver | None, kind: OfferKind) -> None:
        if watcher is not None:
            self._leavers.setdefault(session.id, watcher)  # somebody may have come back meanwhile
        self.returns.seated(session.id, claims.jti if watcher is None or kind.two_way else "")
        self.metrics.sessions.inc()
        self.metrics.sessions_total.inc()
        log.info("session seated", session=session.id, sessions=len(self._sessions))

    def _forget_old(self) -> None:
        self.returns.forget_old(time.monotonic())

    def _session_ended(self, session: Session, reason: str) -> None:
        self._tasks.spawn(self.leave(session.id, reason))

    async def _watch_price(self) -> None:
        while True:
            self.admission.look(time.process_time(), self.pool.composed)
            self.metrics.frame_cpu.set(self.pool.frame_cpu_s)
            await asyncio.sleep(PRICE_S)

    async def _probe_lag(self) -> None:
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(LAG_PROBE_S)
            self.metrics.loop_lag.observe(max(0.0, time.monotonic() - before_s - LAG_PROBE_S))


@functools.cache
def product_version() -> str:
    """Version of this checkout."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
