"""Example processes that tell real stories, with their handlers."""
