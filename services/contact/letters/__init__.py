"""Letters: what a letter holds, what the law asks of it, how it reads, and the finished page as PDF."""
