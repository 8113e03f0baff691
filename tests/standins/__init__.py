"""Tests of the stand-ins for the world outside."""
