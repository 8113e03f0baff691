"""The demo's people, their files and their bank; and a whole demo, played twice."""
