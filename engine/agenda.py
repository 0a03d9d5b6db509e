"""What can be queued in a run."""

from __future__ import annotations

from typing import Final

OFFER: Final = 0
"""A token, for its node to treat."""
SETTLE: Final = 1
"""A scope that may have ended."""
CONDITION: Final = 2
"""A subscription whose condition is to be asked."""
WORK: Final = 3
"""A token whose activity is armed and may do its work."""
RESET: Final = 4
"""A subscription of a complex gateway whose reset phase may be over."""
ENTER: Final = 5
"""A token whose node has told its listeners, and may do what it is there for."""
