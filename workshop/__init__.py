"""The workshop's machinery: local clouds, checks, packages, commands."""
