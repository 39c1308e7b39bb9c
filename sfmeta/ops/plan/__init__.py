"""Plans: the steps of a stage for one org, made from what policy, files and org say; then carried out, or taken back.

``units`` selects what belongs to a stage, ``unsettled`` finds what nobody wrote down, ``making`` makes the plan,
``standing`` looks how far an org is with one, ``applying`` does the rest, ``shown_grants`` reads grants back.
"""
