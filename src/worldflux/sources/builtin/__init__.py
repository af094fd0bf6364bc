"""The adapters that come with the package, registered like anybody else's."""
