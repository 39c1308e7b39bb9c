"""Who gets in: each rule a small function with an id, a sentence, its source and grade; and one way to ask them.

::

    case      what the rules look at: one person, one app or none, one way, the org
    rule      one rule, and how it asks an open question
    entry     who and where from, flows, blocked apps
    clients   without an app, uninstalled apps, installed and external client apps
    table     all of them in order
    judge     the first that applies decides; open questions are tried both ways
"""
