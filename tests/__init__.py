"""The test suite; a package, because a test oracle installs a top-level package of the same name."""
