"""What an org holds before anybody works with it: the file format, its reader, and the planting of it."""
