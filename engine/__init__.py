"""The engine: a pure core over rows, and a shell that stores, waits and calls."""
