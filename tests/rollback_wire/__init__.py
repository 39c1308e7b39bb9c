"""The proof of rollback end to end: sfmeta's commands over HTTP, and the org looked into from outside."""
