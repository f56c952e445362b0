"""Module files: what a task needs, found and written as a real file that any worker can import.

Whose a function is, and what it is:

    own          which functions and classes are the user's own; `own_modules` are that on disk
    imported     whether an import that has not run yet will bind one
    source       finds its text; `remembered` keeps what is read there, `quiet` reads it in silence
    bound        which names a statement binds
    names        which names code reads; `mutators` are those of methods that change an object
    codes        what is in compiled code; `closures` are the variables around it
    reach        what code a task may run

What goes into a file:

    finder       collects it, as `needs`
    definitions  how each kind of object is made again
    values       what is pickled, and what cannot be
    added        accessors, to which no name leads
    replaced     instances of a class that has been defined again
    shell        what only IPython gives
    notable      what is said of it

The file:

    package      it and its data, as workers get them
    kept         texts of the last runs, if nothing has changed since
    order        what is written before what
    text         how it is written; `place` leads from its lines to those of cells
    beside       the values beside it; `shelf` keeps the large ones
    module_file  what a record keeps of it
    written      the files that are there
    folder       where; `caretaker` removes it in any case
    whole_file   writes a file whole, or not at all
    lock         for what several threads use
"""
