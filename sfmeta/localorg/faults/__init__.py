"""Faults on demand: what can go wrong between a client and an org, when a test asks for it.

``fault`` says what and when, as values; ``table`` keeps them and counts; ``words`` are the answers; ``doing`` is the
one place that acts. They live as long as the process: an org that was restarted has none.
"""
