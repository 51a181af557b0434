"""Documents that leave the program: HTML pages, TikZ and worksheets."""
