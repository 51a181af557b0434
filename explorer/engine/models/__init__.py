"""Keras models: building, reading, and inspecting them."""
