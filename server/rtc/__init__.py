"""Low delay over stock aiortc: each change has its own switch in `[media]` and its own test.

aiortc's names (camelCase) stay inside this package and `server/peer.py`.
"""

from server.rtc.install import install, uninstall
from server.rtc.receiver import end_on_attack
from server.rtc.reoffer import offer_again
from server.rtc.sender import echo_capture
from server.rtc.sources import heard_s

__all__ = ["echo_capture", "end_on_attack", "heard_s", "install", "offer_again", "uninstall"]
