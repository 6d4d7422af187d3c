# rejected by test_the_route_takes_whole_numbers_only: came      404
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
    },
    {"type": "http", "direction": "out", "name": "$return"},
]
function = {"bindings": bindings}
