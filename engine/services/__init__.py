"""The shell's work, one file a concern; `engine.facade` gathers it into the one door."""
