"""The same package on the local Lambda: first, and then beside AWS's."""

from dataclasses import replace
from importlib.util import find_spec

from workshop.aws import LocalLambda
from workshop.deploy.aws.account import Account
from workshop.deploy.aws.artifact import PROVIDED
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.invocation import Invocation, invoke
from workshop.deploy.aws.plan import Plan
from workshop.errors import WorkshopError


def rehearse(plan: Plan) -> list[Invocation]:
    """Run the plan's calls on this machine, in the order of the plan.

    WorkshopError where one fails: what fails here is not deployed.
    """
    with LocalLambda() as cloud:
        account = Account.of_local(cloud.connection)
        for call in plan.function.create:
            account.ask(_possible(call))
        done = [invoke(account, call) for call in plan.invocations]
    for one in done:
        if one.error:
            raise WorkshopError(
                f"{plan.artifact.source} fails on the local Lambda already, "
                f"so it is not deployed. To {one.event} it answers "
                f"{one.answer.decode(errors='replace')}\n{one.log}"
                "Is it an event that it is made for? --event names another."
            )
    return done


def _possible(call: Call) -> Call:
    """Without a managed Python here, what replaces it runs by itself."""
    if find_spec("awslambdaric"):
        return call
    return replace(call, parameters={**call.parameters, "Runtime": PROVIDED})
