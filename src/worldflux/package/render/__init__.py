"""Released renderers, each frozen in a room of its own: stored evidence is shown for ever by the one it names."""
