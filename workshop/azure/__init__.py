"""A local Azure Functions host: triggers in front, a process behind."""

from workshop.azure.local import LocalFunctions as LocalFunctions
