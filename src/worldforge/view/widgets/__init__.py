"""What draws lines on the screen."""
