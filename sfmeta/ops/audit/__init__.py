"""What an org holds and who uses what, read in one audit. Nothing is changed, and no secret is asked for.

One module per thing that is read; ``audit`` has them read at the same time and joins what they found.
"""

from sfmeta.ops.audit.run import AuditRequest, audit

__all__ = ["AuditRequest", "audit"]
