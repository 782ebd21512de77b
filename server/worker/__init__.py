"""The processes that compute, and the shared memory between them and the rim."""
