# rejected by test_function_json_has_the_two_bindings: came      
# file: palindromes/function.json
function = {
    "bindings": [
        {
            "authLevel": "anonymous",
            "type": "httpTrigger",
            "direction": "out",
            "name": "req",
            "methods": ["get", "post"],
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
