"""Tests of the whole platform, and what they share."""
