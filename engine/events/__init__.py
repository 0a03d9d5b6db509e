"""One file an event definition: what it waits for, and what a throw of it does."""
