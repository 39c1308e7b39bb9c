"""Apex tests without Apex: what tests there are, which of them a deployment runs, and what is said to come of them."""
