"""Commands, run as a terminal runs them."""
