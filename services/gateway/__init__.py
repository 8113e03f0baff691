"""Gateway: who may see and do what, and the pages people look at."""
