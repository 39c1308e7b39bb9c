"""``doctor``: checks of one org, each a small function in a table; none of them changes anything.

``examination`` asks the org and remembers, the other modules judge, ``table`` lists the checks, ``examine`` runs them.
"""
