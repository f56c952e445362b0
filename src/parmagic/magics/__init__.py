"""What IPython sees: the magics, their options, and how a cell is run.

    extension   loads and unloads; `ahead` then has workers ready
    magics      the magics by their names, and what `%config` sets

What is typed:

    options     reads the options, by the `table`; `values` reads what they are set to
    usage       their help
    completion  their names, while one types
    slips       options that stand in the code, and the like

What is run:

    line        %pmap and %%pmap
    parallel    %%parallel: the steps of a cell
    cell        runs its statements, as IPython does
    group       calls that run at the same time
    elements    comprehensions; `iterated` says whether their items may be read ahead
    turns       loops; `shared` says whether what they change is what their tasks read
    call        how each begins; `report` how it ends
    caller      where it is called, and whether the value goes anywhere
    drawing     imports meanwhile what draws

What the notebook's values tell, which the reading of a cell asks for:

    known       all that may be asked of a name
    reached     what a value leads to
    changed     what it changes when it is called
    held        functions and classes that a value holds, and their source
    confirmed   what a value is changed by
    inside      what is in a value, for all of these
    instead     what to type where nothing is a task
"""
