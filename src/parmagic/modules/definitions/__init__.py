"""Says how each kind of function, class or object is made again in a module file.

All of them:

    describe     begins: which kind it is
    definition   its text: lines of a cell, hardly changed
    gone         names that it has read, and that were deleted since

Functions:

    lambdas      several on one line
    defaults     those of functions, as they were
    decorated    what a library's decorator has made; `wrapped` finds what is inside
    apart        functions with globals of their own

Classes:

    classes      as they are by now
    fits         which `class` statement has made one
    settled      what its body was given when it ran
    attributes   what it was given later
    variables    what it reads of a function around it
    named_tuple  those that a call has made

"""
