# rejected by test_function_json_has_the_two_bindings: came      GET
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "authLevel": "anonymous",
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
            "methods": ["get"],
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
