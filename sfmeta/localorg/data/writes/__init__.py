"""What REST may write, and what the org says when it may not.

Each sobject has a module; ``table`` says which. A writer checks, then changes records, metadata and the audit trail
together: it is always called inside a transaction.
"""
