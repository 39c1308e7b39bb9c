"""An org that runs: its directory, keys and ready file, on a thread or in a process, and what tests do with it."""
