"""How a run is shown, as a sentence, bars, a picture, a page of HTML; and how a cell was read."""
