"""Messages sent in the background, in bounded time; what a receiver does not take waits in files for a later run."""
