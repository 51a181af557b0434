"""The only package that uses private parts of TensorFlow and Keras, and what is asked of them about devices and cores.

Each function says which versions it was written for and what happens where the private part is missing.
"""
