"""Expressions built, differentiated and run by TensorFlow, and checked by SymPy."""
