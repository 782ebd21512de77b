"""The rim: HTTP, WebSocket and WebRTC, worker processes, security, metrics; no image or garment maths."""
