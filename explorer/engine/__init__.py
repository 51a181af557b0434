"""The only room that imports TensorFlow. No Qt."""
