"""What a run took: its records, its serial baseline, and whether the values agree.

What is written down:

    records     while tasks run; `task` is one of them, `spell` time of several
    traffic     what passes between the notebook and its workers
    record      the run, of which all else is worked out; `tally` has sums over its tasks
    joined      the runs of a cell as one
    saved       a run as a file; as `figures` and a `trace`, for other programs

What is worked out:

    baseline    serial time by the clocks of tasks
    doubt       what clocks cannot tell of it
    elsewhere   what other programs took
    breakdown   where the time went
    advice      what to do about it: the `causes`, by `facts`
    scaling     a sweep, and its laws
    forecast    what is to be expected, by the `costs` of each backend
    comparison  two runs side by side
    equality    whether values are the same
    label       the function that a task calls
"""
