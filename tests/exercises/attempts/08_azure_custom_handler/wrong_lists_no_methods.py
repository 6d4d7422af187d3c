# rejected by test_function_json_has_the_two_bindings: came      all
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "authLevel": "anonymous",
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
