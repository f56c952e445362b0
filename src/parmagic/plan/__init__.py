"""Reads what was typed: the code of a %pmap line, and the statements of a %%parallel cell.

Of a line, in the order of a call:

    line        splits it into a function or an expression, and items
    syntax      parses expressions; `tokens` has their places in the line
    names       what they read of the notebook
    mapping     compiles them into a plan
    work        what a plan is, of a line or of calls of a cell
    slips       what was meant by a line that cannot be read
    foreign     the same, where it is of another language or library
    habits      what other libraries call things, and what to type instead
    meant       writes the line that was meant
    arity       the same, where a function was given too few arguments

Of a cell, see `cells` and `effects`; and for messages:

    quote       pieces of a cell as they are written
    reason      why something stays serial
"""
