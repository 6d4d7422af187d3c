# rejected by test_function_json_has_the_two_bindings: 'http out', 'http out'
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "authLevel": "anonymous",
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
            "methods": ["get", "post"],
        },
        {"type": "http", "direction": "out", "name": "res"},
        {"type": "http", "direction": "out", "name": "log"},
    ]
}
