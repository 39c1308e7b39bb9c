"""``enforce``: ticking the boxes of API Access Control with a way back, and what comes after.

``boxes`` reads them and makes the package, ``preconditions`` judges, ``logins`` proves who gets in, ``family`` keeps
what a flip might change by itself, ``tick`` flips and waits for a person, ``untick`` takes back, ``left`` settles what
a killed process left, ``watch`` looks at the days after. Nothing else of sfmeta turns a box.
"""
