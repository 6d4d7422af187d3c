# rejected by test_the_route_takes_whole_numbers_only: GET /api/largest/ten/99
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
        "route": "largest/{min}/{max}",
    },
    {"type": "http", "direction": "out", "name": "$return"},
]
function = {"bindings": bindings}
