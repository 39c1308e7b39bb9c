"""Who stops working: an org as it is and as it will be, asked user by user and app by app.

::

    state         an org, as it is or will be
    stages        what each stage of a policy makes of it
    effective     what a user holds at a moment
    places, refresh_tokens    where from, when, how old a token
    view          all of that for a million uses, by ``access.rules``
    forecast      the rows: harm, order, fixes, what is accepted, what ends by itself
"""
