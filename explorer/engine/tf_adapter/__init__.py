"""Everything that uses a private interface of TensorFlow or Keras."""
