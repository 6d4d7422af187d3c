# rejected by test_the_route_takes_whole_numbers_only: without the prefix api
# file: largest/function.json
# largest/function.json
bindings = []
bindings = [
    {
        "type": "httpTrigger",
        "direction": "in",
        "name": "req",
        "authLevel": "anonymous",
        "methods": ["get"],
        "route": "api/largest/{min:int}/{max:int}",
    },
    {"type": "http", "direction": "out", "name": "$return"},
]
function = {"bindings": bindings}
