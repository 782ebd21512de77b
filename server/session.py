"""One shopper's stay: the peer, the worker, what is wished for, and the frames between them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import av
import structlog

from server import schema
from server.bodies import check_body, scan_interrupted, scan_scale
from server.catalogue import Catalogue, check_outfit, comparison_of
from server.errors import ChoiceRefused, Refused, TooMany, TryLater
from server.fit_news import FitNews
from server.limits import RateWindow
from server.media import TICK, LatestFrame, SteadySize, composed_frame, planes_of_video, ticks_of
from server.metrics import Metrics
from server.offers import SHOPPER, CheckedOffer, OfferKind, check_offer
from server.peer import Peer
from server.scan_answer import ScanTold
from server.settings import Settings
from server.tasks import Tasks
from server.two_way_peer import TwoWayPeer
from server.viewers import Viewers
from server.worker.handle import Composed, WorkerHandle
from server.worker.pool import Pool

RESEAT_S = 20.0  # where no spare is left, one has to start
FPS_WINDOW_S = 2.0
log = structlog.get_logger("lookglass.session")
LOOK_KEYS = {"mode", "yaw_deg", "pitch_deg", "speed"}
SCAN_KEYS = {"action", "views", "clothes"}


class Session:
    """Made when an offer comes; ended once, by whoever comes first."""

    def __init__(
        self, session_id: str, settings: Settings, pool: Pool, catalogue: Catalogue, metrics: Metrics,
        on_end: Callable[[Session, str], None], kept: schema.State | None = None,
    ) -> None:  # fmt: skip
        self.id = session_id
        self._settings, self._pool, self._catalogue, self._metrics = settings, pool, catalogue, metrics
        self._on_end = on_end
        self._peer: Peer | None = None
        self._worker: WorkerHandle | None = None
        self._inbox: LatestFrame[tuple[int, av.VideoFrame]] = LatestFrame()
        self._origin_ticks = 0  # what the present connection's frame times are counted from
        self._pushed_ticks, self._pushed_s = 0, time.monotonic()
        self._requests = RateWindow(settings.limits.control_messages_per_s, 1.0)  # over plain HTTP
        self._state = kept or schema.State(garments=(), height_cm=None, mirror=False)
        self._look: dict[str, Any] | None = None  # the last one asked for
        self._worn: dict[int, dict[str, str]] = {}  # sizes by garment, by person
        self._places: tuple[schema.Place, ...] = ()
        self._composed_s: deque[float] = deque(maxlen=240)
        self._stage_ms: dict[str, float] = {}
        self._hint: str | None = None
        self._fit = FitNews(self._send)
        self._scanning = False
        self._skipped = 0
        self._reseat_lost = 0
        self._began_s = time.monotonic()
        self._tasks = Tasks(self._failed)
        self._answering = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self.watched = False  # a WebSocket holds this session; without one, silence ends it
        self.viewers = Viewers(settings)

    @property
    def connecting(self) -> bool:
        """Whether the peer is half open."""
        return self._peer is not None and not self._peer.connected

    @property
    def dropped(self) -> int:
        """Camera frames that were replaced by newer ones."""
        return self._inbox.dropped + self._skipped + self._reseat_lost

    @property
    def kept(self) -> schema.State:
        """What a shopper who comes back finds again; they begin before the mirror."""
        return self._state.model_copy(update={"look": "mirror"})

    @property
    def peer(self) -> Peer | None:
        """The present connection."""
        return self._peer

    async def answer(self, sdp: str, kind: OfferKind = SHOPPER) -> str:
        """Take an offer; a second one replaces the connection and keeps everything else.

        Raises OfferRefused, TryLater.
        """
        offer = check_offer(sdp, self._settings.limits, kind)
        async with self._answering:  # one offer after the other
            return await self._answer(offer, kind)

    async def _answer(self, offer: CheckedOffer, kind: OfferKind) -> str:
        if isinstance(self._peer, TwoWayPeer) and self._peer.ufrag == offer.ufrag:
            return await self._peer.agree_again(offer)
        peer = (TwoWayPeer if kind.two_way else Peer)(
            self._settings, lambda frame: self._take_frame(peer, frame), self._take_control, self._greet,
            self._peer_ended,
        )  # fmt: skip
        try:
            answer = await peer.answer(offer)
            if self._closing:
                raise TryLater("session.ended", "This session ended at this moment. Try again.", retry_s=1)
            if self._worker is None and self._peer is None:  # one that was lost is being replaced
                await self._sit(0.0)
        except BaseException:
            await peer.close()
            raise
        old, self._peer = self._peer, peer
        self.viewers.allowed = kind.watched
        if not kind.watched and len(self.viewers):  # who watched another camera does not see this one
            self._tasks.spawn(self.viewers.close())
        if old is not None:
            self._origin_ticks = self._pushed_ticks + 1 + round((time.monotonic() - self._pushed_s) / TICK)
            await old.close()
        else:
            for work in (self._feed(), self._tell(), self._listen()):
                self._tasks.spawn(work)
        return answer

    async def add_candidate(self, candidate: schema.IceCandidate | None) -> None:
        """Add a trickled candidate.  Raises OfferRefused."""
        if self._peer is not None:
            await self._peer.add_candidate(candidate)

    async def close(self, reason: str) -> None:
        """Free the seat; idempotent, and carried out to its end whoever is cancelled while they wait for it."""
        if self._closing is None:
            self._inbox.close()
            for task in self._tasks:
                task.cancel()
            self._closing = asyncio.create_task(self._take_down(reason))
        await asyncio.shield(self._closing)

    async def _take_down(self, reason: str) -> None:
        worker, self._worker = self._worker, None
        ends: list[Awaitable[None]] = [self.viewers.close()]
        if self._peer is not None:
            self._peer.send(schema.Goodbye(reason=reason))
            ends.append(self._peer.close())
        if worker is not None:
            ends.append(self._pool.give_back(worker))
        await asyncio.gather(*ends)
        if self._peer is not None:
            log.info(
                "session ended", session=self.id, reason=reason, seconds=round(time.monotonic() - self._began_s, 1)
            )

    async def _sit(self, wait_s: float) -> None:
        worker = await self._pool.take(wait_s)
        self._worker = worker
        worker.on_death, worker.on_refused = self._worker_died, self._wish_refused
        worker.on_scan = self._tell_scan
        worker.begin(self._wish(), self._take_composed)
        if self._look is not None:
            worker.look(self._look)

    def _wish(self, **other: Any) -> dict[str, Any]:
        """Return what is wished for, or what would be with `other` fields."""
        wish = self._state.model_copy(update=other).model_dump(exclude={"v", "type", "look"}, mode="json")
        return wish | {"body": None if self._state.body is None else self._state.body.model_dump(mode="json")}

    # --- frames

    def _take_frame(self, peer: Peer, frame: av.VideoFrame) -> None:
        if peer is not self._peer:
            return
        self._metrics.frames_in.inc()
        before = self._inbox.dropped
        self._inbox.put((self._origin_ticks, frame))
        self._metrics.frames_dropped.inc(self._inbox.dropped - before)

    async def _feed(self) -> None:
        """Carry the newest camera frame into the ring.

        Every connection counts its frames' time from 0; in the ring time goes on, so that it rises for the worker
        and frames of an earlier connection are known by it.
        """
        size, sized = SteadySize(self._settings.media.max_width_px), 0
        while True:
            try:
                origin, frame = await self._inbox.get()
            except EOFError:
                return
            if origin != sized:  # another connection
                size, sized = SteadySize(self._settings.media.max_width_px), origin
            fitted = await size.fit(frame)
            if fitted is None:
                continue
            if self._worker is not None:
                self._pushed_ticks, self._pushed_s = origin + ticks_of(fitted), time.monotonic()
                self._worker.push(planes_of_video(fitted), self._pushed_ticks)
            if not self._composed_s and self._peer is not None and self._peer.sends and origin == self._origin_ticks:
                self._peer.outbox.put(fitted)  # nothing composed yet: the shopper sees the camera

    def _take_composed(self, composed: Composed) -> None:
        if self._closing or self._peer is None or composed.frame.ticks < self._origin_ticks:
            return
        report = composed.report
        self._composed_s.append(time.monotonic())
        skipped = int(report["skipped"])
        self._metrics.frames_dropped.inc(max(0, skipped - self._skipped))
        self._skipped = skipped
        self._metrics.frames_out.inc()
        if report["level"]:
            self._metrics.frames_eased.labels(report["level"]).inc()
        self._hint = report["hint"] or (None if report["person"] else "nobody")
        self._book(report["stage_ms"], composed.round_trip_ms)
        self._fit.take(report["fit"])
        people = report["people"]
        self._places = tuple(schema.Place(id=one["id"], above=tuple(one["above"])) for one in people if one["above"])
        worn = {**self._worn, **{int(one["id"]): one["worn"] for one in people}}
        if worn != self._worn or report["look"] != self._state.look:
            self._worn = worn
            self._state = self._state.model_copy(update={"look": report["look"]})
            self._tell_state()
        if self._peer.sends:
            self._peer.outbox.put(composed_frame(composed.frame, self._origin_ticks))
        self.viewers.show(composed.frame)

    def _book(self, stage_ms: dict[str, float], round_trip_ms: float) -> None:
        for stage, spent_ms in {**stage_ms, "total": round_trip_ms}.items():
            before = self._stage_ms.get(stage, spent_ms)
            self._stage_ms[stage] = before + 0.2 * (spent_ms - before)
            self._metrics.stage.labels(stage).observe(spent_ms / 1000)

    # --- control channel

    def _greet(self) -> None:
        self._tell_state()

    def _tell_state(self) -> None:
        self._send(self._told)

    @property
    def _told(self) -> schema.State:
        """What is worn; a size that was left to us is named once it is known."""
        garments = self._sized(0, self._state.garments)
        others = tuple(own and self._sized(person, own) for person, own in enumerate(self._state.others, 1))
        return self._state.model_copy(update={"garments": garments, "others": others})

    def _sized(self, person: int, wishes: tuple[schema.GarmentWish, ...]) -> tuple[schema.GarmentWish, ...]:
        sizes = self._worn.get(person, {})
        return tuple(wish if wish.size else wish.model_copy(update={"size": sizes.get(wish.id)}) for wish in wishes)

    def _send(self, message: Any) -> None:
        if self._peer is not None:
            self._peer.send(message)

    def _take_control(self, message: schema.Control) -> None:
        try:
            self.control(message)
        except Refused as refused:
            self._send(schema.Error(code=refused.code, message=refused.message))

    def request(self, message: schema.Control) -> schema.State:
        """Do what a message asks for that came over plain HTTP, not too often.  Raises Refused."""
        if not self._requests.allow(time.monotonic()):
            raise TooMany("rate.control", "Too many messages. Wait a second.", retry_s=1)
        return self.control(message)

    def control(self, message: schema.Control) -> schema.State:
        """Do what a message of the control channel asks for; return what holds then.  Raises Refused."""
        match message:
            case schema.Ping(t_ms=t_ms):
                self._send(schema.Pong(t_ms=t_ms))
                return self._told
            case schema.Look():
                self._take_look(message)
                return self._told
            case schema.Scan():
                self._take_scan(message)
                return self._told
            case schema.Likely(garments=garments):
                check_outfit(self._catalogue, garments)
                if self._worker is not None:
                    self._worker.expect(self._wish(garments=garments, compare=None))
                return self._told
            case schema.Wear(garments=garments):
                check_outfit(self._catalogue, garments)
                two = self._state.compare
                two = two if two is not None and any(one.id == two.garment for one in garments) else None
                self._state = self._state.model_copy(update={"garments": garments, "compare": two})
            case schema.People(most=most, others=others):
                for other in others:
                    check_outfit(self._catalogue, other or ())
                self._state = self._state.model_copy(update={"people": most, "others": others})
            case schema.Body(height_cm=height_cm):
                check_body(message)
                self._state = self._state.model_copy(update={"height_cm": height_cm, "body": message})
            case schema.View(mirror=mirror, delivery=delivery):
                if delivery == "layer" and self.viewers.allowed:
                    raise ChoiceRefused("delivery.watched", "Whoever watches sees what the server composes.")
                self._state = self._state.model_copy(update={"mirror": mirror, "delivery": delivery})
            case schema.FitMap(on=on):
                self._state = self._state.model_copy(update={"fit_map": on})
            case schema.Compare():
                two = comparison_of(self._catalogue, self._state.garments, message)
                self._state = self._state.model_copy(update={"compare": two})
        if self._worker is not None:
            self._worker.change(self._wish())
        self._tell_state()
        return self._told

    def _take_look(self, look: schema.Look) -> None:
        """Pass it on; `state` tells what is seen as soon as the first such picture is there."""
        self._look = look.model_dump(include=LOOK_KEYS)
        if self._worker is not None:
            self._worker.look(self._look)

    def _take_scan(self, scan: schema.Scan) -> None:
        """Pass it on; what the worker finds goes to the shopper and is not kept.  Raises MeasureRefused."""
        asked = scan.model_dump(include=SCAN_KEYS)
        if scan.height_cm is not None:
            asked |= scan_scale(scan.height_cm, scan.height_source)
        if self._worker is not None:
            self._worker.scan(asked)

    def _tell_scan(self, told: dict[str, Any]) -> None:
        self._scanning = told["step"] in ("front", "side")
        self._send(ScanTold.model_validate(told))

    def _wish_refused(self, reason: str) -> None:
        self._send(schema.Error(code="wish", message=reason))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(self._settings.session.stats_s)
            self._fit.tell()
            now_s = time.monotonic()
            recent = [at_s for at_s in self._composed_s if now_s - at_s <= FPS_WINDOW_S]
            window_s = min(FPS_WINDOW_S, max(now_s - self._began_s, 0.1))
            self._send(
                schema.Stats(
                    t_s=round(now_s - self._began_s, 3), fps=round(len(recent) / window_s, 1), dropped=self.dropped,
                    stage_ms={name: round(ms, 2) for name, ms in self._stage_ms.items()}, hint=self._hint,
                    people=self._places if self._state.people > 1 else (),
                )
            )  # fmt: skip

    async def _listen(self) -> None:
        """Notice who is gone: no picture and no message comes, or, where a WebSocket holds on, no datagram at all."""
        silence_s = self._settings.session.silence_s
        while True:
            await asyncio.sleep(silence_s / 10)
            peer = self._peer
            self.viewers.let_silent_go(silence_s)
            if peer is None or not peer.connected:
                continue
            heard_s = peer.reached_s if self.watched else peer.heard_s
            if heard_s is not None and time.monotonic() - heard_s > silence_s:
                self._peer_ended("silence")

    # --- ends and losses

    def _peer_ended(self, reason: str) -> None:
        if not self._closing:
            self._on_end(self, reason)

    def _worker_died(self) -> None:
        self._worker = None
        self._reseat_lost += self._skipped
        self._skipped = 0
        self._composed_s.clear()  # the shopper sees the camera meanwhile
        self._fit.take(None)  # and nothing of what fits how
        if self._scanning and not self._closing:
            self._tell_scan(scan_interrupted())
        if not self._closing:
            self._send(schema.Error(code="worker.lost", message="The fitting was interrupted; it goes on in a moment."))
            self._tasks.spawn(self._reseat())

    async def _reseat(self) -> None:
        try:
            await self._sit(RESEAT_S)
        except TryLater:
            self._peer_ended("worker_lost")
            return
        self._metrics.refused.labels("worker.lost").inc()
        log.warning("session re-seated", session=self.id)
        self._tell_state()

    def _failed(self, error: BaseException) -> None:
        log.error("session task failed", session=self.id, kind=type(error).__name__, exc_info=error)
        self._peer_ended("internal")
