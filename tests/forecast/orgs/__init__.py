"""Local orgs in memory, made in milliseconds: asked by the real client, taken through a stage, tried for real."""
