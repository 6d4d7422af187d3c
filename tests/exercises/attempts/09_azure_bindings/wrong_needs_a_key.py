# rejected by test_the_route_takes_whole_numbers_only: came      401
# file: largest/function.json
# largest/function.json
bindings = []
bindings = [
    {
        "type": "httpTrigger",
        "direction": "in",
        "name": "req",
        "methods": ["get"],
        "route": "largest/{min:int}/{max:int}",
    },
    {"type": "http", "direction": "out", "name": "$return"},
]
function = {"bindings": bindings}
