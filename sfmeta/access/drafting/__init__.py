"""Proposals for apps that a policy does not mention yet: evidence, a catalogue of well-known apps, decisions, text."""
