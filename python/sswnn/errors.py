"""Exceptions raised by sswnn; every one of them can be caught as `SSWNNError`.

A message says what is wrong, the value, what is allowed, and where (file and line, frame, atom).
"""


class SSWNNError(Exception):
    """Base class of all errors that sswnn raises on purpose."""


class DataError(SSWNNError):
    """A data file or a labelled frame is malformed or inconsistent."""


class LabelError(SSWNNError):
    """A label engine is unknown, cannot be started, or failed on a frame."""


class InterfaceError(SSWNNError):
    """An interface cannot be built as asked."""


class AnalysisError(SSWNNError):
    """A trajectory or an analysis request is malformed or impossible."""


class WorkflowError(SSWNNError):
    """A step of a workflow failed or a program it needs is missing."""


class ModelError(SSWNNError):
    """A model file or a set of parameters is not a valid potential."""


class ConfigError(SSWNNError):
    """A configuration has an unknown key or a value that is not allowed."""


class StructureError(SSWNNError):
    """A structure cannot be evaluated: unknown element, coincident atoms, or a cell that is not finite."""
