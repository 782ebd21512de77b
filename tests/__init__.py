"""The tests; folders mirror `pipelines/` and `server/`, `e2e/` drives a real browser."""
