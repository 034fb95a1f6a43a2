"""What a reader of the code has to hold in mind: sizes, arrows between files, jumps from file to file, things written twice.

Nothing here is a goal by itself. The figures say whether a rebuild has made the package easier to follow, and are the same
on every machine but for those of traces, which may vary by a few calls with the versions of Keras and its backends.
"""
