"""The proof of rollback: random lives of an org, in memory."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.rollback.machine import RollbackMachine

TestRollback = RollbackMachine.TestCase
TestRollback.settings = settings(
    max_examples=200, stateful_step_count=8, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
