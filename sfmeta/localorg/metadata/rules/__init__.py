"""What an org refuses and how it merges, one module per family of types, all in the table of ``rules.table``."""
