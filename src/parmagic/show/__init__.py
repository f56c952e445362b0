"""How a run is shown: a sentence, bars of text, a picture, a page of HTML."""
