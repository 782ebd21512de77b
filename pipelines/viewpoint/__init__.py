"""The dressed body from any side: as a still, as a turntable, live, and once more as it moved a moment ago."""
