# rejected by test_the_largest_goes_by_return: is called $return
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
        "route": "largest/{min:int}/{max:int}",
    },
    {"type": "http", "direction": "out", "name": "res"},
]
function = {"bindings": bindings}
