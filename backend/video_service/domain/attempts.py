"""How often a job is tried."""

MAX_FAILURES = 3
#: What was begun this often without an end, and without getting further, takes its workers down with it.
#: Restarts count too, so it is more than the attempts that may fail.
MAX_BEGINNINGS = 10
