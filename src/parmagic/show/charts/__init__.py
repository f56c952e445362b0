"""Draws runs with matplotlib, which nothing else imports.

One file for each kind of picture, and what these are made of:

    chart       draws, and saves, a kind of chart
    page        the figure: texts and shapes in inches; `letters` finds fonts, `ink` colours
    head        the headline of each
    summary     `bars`, and the timeline beside them
    lanes       the timeline by itself, with its `key` and its colours (`dye`)
    timeline    lanes and blocks; `parents` has the lines between them
    breakdown   one bar of parts
    sweep       speed-up against workers
    graph       the tasks of a cell
"""
