"""What is counted; a registry of its own for every server, so that tests do not share one."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

STAGE_BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.266, 0.5, 1.0)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.sessions = Gauge("lookglass_sessions", "Shoppers at this moment", registry=registry)
        self.sessions_total = Counter("lookglass_sessions_seated", "Shoppers since the start", registry=registry)
        self.ended = Counter("lookglass_sessions_ended", "Ends by reason", ["reason"], registry=registry)
        self.frames_in = Counter("lookglass_frames_received", "Camera frames decoded", registry=registry)
        self.frames_dropped = Counter("lookglass_frames_dropped", "Frames replaced by newer ones", registry=registry)
        self.frames_out = Counter("lookglass_frames_composed", "Frames composed", registry=registry)
        self.frames_eased = Counter(
            "lookglass_frames_eased",
            "Frames composed at a lower level (docs/architecture.md)",
            ["level"],
            registry=registry,
        )
        self.stage = Histogram(
            "lookglass_stage_seconds", "Time of a stage", ["stage"], buckets=STAGE_BUCKETS, registry=registry
        )
        self.viewers = Gauge("lookglass_viewers", "Who watches over WHEP at this moment", registry=registry)
        self.refused = Counter("lookglass_refused", "Refusals by name", ["code"], registry=registry)
        self.workers = Gauge("lookglass_workers", "Worker processes", ["state"], registry=registry)
        self.frame_cpu = Gauge("lookglass_frame_cpu_seconds", "CPU time of a composed frame", registry=registry)
        self.wire = Counter(
            "lookglass_wire", "What WebRTC lost, refused and asked for (docs/stream.md)", ["what"], registry=registry
        )
        self.tasks = Gauge("lookglass_tasks", "Tasks of the event loop", registry=registry)
        self.tasks.set_function(lambda: len(asyncio.all_tasks()))
        self.loop_lag = Histogram(
            "lookglass_loop_lag_seconds", "Lateness of a 50 ms timer", buckets=STAGE_BUCKETS, registry=registry
        )

    def count_wire(self, what: str, many: int) -> None:
        """Count what `server.rtc` tells."""
        self.wire.labels(what).inc(many)

    def text(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self.registry)
