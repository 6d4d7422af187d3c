# rejected by test_every_function_is_valid: Http binding can only be used for output
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
    {"type": "http", "direction": "in", "name": "res"},
]
function = {"bindings": bindings}
