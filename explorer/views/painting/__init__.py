"""Painting without widgets: exported drawings, images of arrays, colour maps and typeset formulas."""
