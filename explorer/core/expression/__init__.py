"""The language of expressions: from text to a checked tree, and back."""
