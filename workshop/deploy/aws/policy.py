"""What a function may do: write into its own log group, and nothing else."""

import json

POLICY = "own-log-group"  # the name of the policy inside the role
VERSION = "2012-10-17"  # of the policy language


def trust() -> str:
    """Who may take the role on: Lambda, when it runs the function."""
    return _document(
        Effect="Allow",
        Principal={"Service": "lambda.amazonaws.com"},
        Action="sts:AssumeRole",
    )


def own_log_group(log_group_arn: str) -> str:
    """To write lines into one log group; not to make any.

    So a group that was deleted does not come back with the last lines of a
    function that was still running.
    """
    return _document(
        Effect="Allow",
        Action=["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource=f"{log_group_arn}:*",
    )


def _document(**statement: object) -> str:
    return json.dumps({"Version": VERSION, "Statement": [statement]})
