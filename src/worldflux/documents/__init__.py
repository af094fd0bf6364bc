"""The documents of an evidence package, one file per family. Importing this package imports none of them."""
