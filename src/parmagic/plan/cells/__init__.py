"""Reads %%parallel cells: which statements, elements and turns may run at the same time.

`cell` takes the statements of a cell one by one, into the steps of `step`: `apart` takes the calls
out of one, and `gathering` has those that run at the same time. What names mean where one stands,
each class made of the one before:

    known          what the notebook knows of a name
    definitions    what the cell has defined so far
    bindings       what names are bound to, by either; `put` has what a statement puts where
    reaching       what functions lead to
    libraries      what they do to libraries
    handing        what they return of the notebook's that the cell then changes
    scope          all of that, of one call

`rewrite` finds the comprehensions and loops in it whose parts are tasks:

    iterated       what these go through, and whether it may be read ahead
    comprehension  takes one apart into what is before, in and after its tasks
    each           finds what calls a function for each item: `list(map(f, xs))`, `max(xs, key=f)`
    clauses        what its clauses bind, and which conditions tasks ask
    hoister        moves what must stay in the notebook before a task
    loop           the same of a loop, by the rules of parfor
    turns          what each name in its body is
    constructs     statements that a turn must not have
    generators     random numbers that each turn has for itself
    choices        what only the notebook can decide, such as `if y > best`
    fresh          whether a temporary is an object of its turn
    way            whether it is surely assigned before it is read
    items          changes of the objects that a loop goes through
    objects        what a loop changes and reads, to look at when it begins
    body           writes a turn as a function, and its changes down; `lines` keeps their places
    temporaries    code of that function: which temporaries of a turn are brought back
    moment         changes that use what a later statement of the turn changes
    asked          what changes ask of the notebook before their values are there

And what the user is told:

    left           calls that stay in the notebook, each with the reason
    cures          what to write instead
    awaits         a cell that awaits
"""
