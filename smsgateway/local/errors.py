"""What can go wrong on one machine; the message is for the person at the terminal."""


class LocalError(Exception):
    """The service cannot run here as asked; the message says what to do."""


class ProgramError(LocalError):
    """A program we need did not start, or did not do its work."""


class Interrupted(Exception):
    """Somebody asked us to stop."""
