"""Fields, in which a user enters or chooses something: texts, numbers, entries of a matrix, one of several choices."""
