"""How a run is shown, as a sentence, bars, a picture, a page of HTML; and how a cell was read.

In words:

    headline    what a run took, and against what
    verdict     how two times compare; `duration` says one
    remedy      advice
    breakdown   where the time went
    forecast    what is to be expected
    scaling     a sweep
    comparison  two runs
    progress    how far it is
    page        all of that, as text and HTML
    alt         what a picture shows

For pictures (`charts`), whose names are in `kinds`, and for bars of text:

    display     chooses between both
    row         serial and parallel time, as bars have it
    lane        a timeline as blocks; `gap` is the time between tasks
    shade       what their colours tell

Of a cell:

    explain     how it was read
    graph       its tasks

And `shortened` has IPython show exceptions at the user's own lines.
"""
