"""Reads in its source what a call of a function changes outside itself.

What one function does by itself, as `effects` has it:

    function    begins: finds it in its source; `spelled` writes it in one way
    flow        follows its statements; `standing` says what names stand for after each
    alias       what an expression may be of what is outside
    reader      notes what is changed there, and what is handed on
    changing    which calls change what they are given
    called      which methods operators, loops and calls ask for
    keys        what is looked up in what may be a `defaultdict`
    files       what is written to the same file in each call
    acts        what it calls and sets of libraries
    inner       what it has of its own: parameters, names, functions inside
    made        what these functions change of it, if they are there after a call

What functions change through others:

    spread      is asked for it, and remembers it
    web         hands it on from name to name; a `strand` is what is known of one
    returned    what the value of a call may be a part of
    keeping     what objects keep of what they are made with

What is made of it for a cell:

    meaning     what calls are: the user's own, without effects, or with some
    process     what sets something for the whole process, also seeds
    uncertain   what only values tell

`walks` and `targets` are for all of these: how code is walked through, and what it assigns.
"""
