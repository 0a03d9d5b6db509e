"""Example processes that tell real stories, with their handlers."""

from processes.stories import Example, Story, discover

STORIES = discover()

__all__ = ["STORIES", "Example", "Story"]
