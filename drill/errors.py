"""Every exception drill raises on purpose.

Two questions sort them: *who must act* and *what is the exit status* (the
numbers follow BSD ``sysexits.h``). A message says where, what and the cure. A
step that fails is not an exception: it is an :mod:`~drill.model.outcome`.
"""

LEFT_STANDING = 4
"""Exit status of what is no error: a fault is left standing, or nobody knows."""


class DrillError(Exception):
    """Root of all errors that are meant to reach a person, without a traceback."""

    exit_status = 70


class UsageError(DrillError):
    """The command line is wrong; whoever typed it must act."""

    exit_status = 64


class ScenarioError(DrillError):
    """The scenario, or a file it names, is wrong; its author must act."""

    exit_status = 65


class PluginError(DrillError):
    """An action, fault, probe or ledger is unknown or cannot be loaded."""

    exit_status = 69


class LabError(DrillError):
    """The lab cannot be built, entered or changed on this machine."""

    exit_status = 69


class DeskError(DrillError):
    """Nobody conducts the run, or who does cannot be spoken to: nothing was said."""

    exit_status = 69


class JournalError(DrillError):
    """The journal cannot be read or written; stop."""

    exit_status = 74


class JournalCorruptError(JournalError):
    """A line does not follow from the line before it."""


class JournalNewerError(JournalCorruptError):
    """A line in its place in the chain is none that this version knows."""


class JournalInconsistentError(JournalError):
    """The lines follow from each other, but they tell an impossible story."""


class JournalBusyError(JournalError):
    """Another conductor holds this journal."""


class EvidenceError(DrillError):
    """Evidence was changed, is not whole, or contradicts what was sealed before."""

    exit_status = 74


class SignatureError(DrillError):
    """A key cannot sign, or a signature does not count."""

    exit_status = 77


class SafetyError(DrillError):
    """Refused: it would touch something outside the exercise's bounds."""

    exit_status = 77


class RefusedError(SafetyError):
    """A plug-in declines before it changed anything; at its boundary that is ``Failed``.

    The way for a fault's ``prepare`` to say that what it found could not be
    mended, or that there is nothing to break, so that breaking it proves nothing.
    """


class RemoteError(Exception):
    """A host could not be reached, or the link to it was lost: nobody knows more.

    Raised by :class:`drill.ports.Remote` for plug-ins to hear; what they let
    through becomes an ``Indeterminate`` outcome at the plug-in boundary.
    """


class StoppedError(RemoteError):
    """Told to stop before it ended; what ran at the far end was killed first."""


class HostKeyError(RemoteError):
    """The host showed another key than the pinned one; nothing was sent to it."""
