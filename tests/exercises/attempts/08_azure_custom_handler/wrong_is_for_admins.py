# rejected by test_function_json_has_the_two_bindings: came      admin
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "authLevel": "admin",
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
            "methods": ["get", "post"],
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
