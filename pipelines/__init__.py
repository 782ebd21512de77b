"""Everything that is computed: data in, data out; no socket, no clock, no server."""
