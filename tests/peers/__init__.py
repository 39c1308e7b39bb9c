"""The real tools of others, against the local org and beside sfmeta: neither is only checked on the other."""
