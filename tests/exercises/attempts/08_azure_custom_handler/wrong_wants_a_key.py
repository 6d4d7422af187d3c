# rejected by test_function_json_has_the_two_bindings: without it, the level is function
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
            "methods": ["get", "post"],
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
