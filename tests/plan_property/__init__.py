"""Random orgs and policies: what *prepare* and *restrict* leave, carried out by the product, in a local org in memory.

After both, whoever the policy allows gets in with an app, and nobody else. ``oracle`` says who is allowed, from the
seed and the policy's text alone; ``carried`` carries the stages out; what no API does (installing, policies of apps
that other orgs made) the harness's ``Stager`` does, as a person in Setup would.
"""
