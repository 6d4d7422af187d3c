# rejected by test_function_json_has_the_two_bindings: ['httpTrigger in']
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
    ]
}
