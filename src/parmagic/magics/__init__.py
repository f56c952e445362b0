"""What IPython sees: the magics, their options, and how a cell is run."""
