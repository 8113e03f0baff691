"""The `sovinto` command: everything one does with a platform from a terminal."""
