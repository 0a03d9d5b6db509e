"""Process instances: create (and await), find, look at, stop, pause, move by hand."""
