"""Tests that the platform runs on a bare machine, however it is treated."""
