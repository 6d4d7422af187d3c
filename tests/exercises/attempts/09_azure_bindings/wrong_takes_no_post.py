# rejected by test_the_host_serves_palindromes: POST /api/palindromes
# file: palindromes/function.json
# palindromes/function.json
function = {
    "bindings": [
        {
            "type": "httpTrigger",
            "direction": "in",
            "name": "req",
            "authLevel": "anonymous",
            "methods": ["get"],
        },
        {"type": "http", "direction": "out", "name": "res"},
    ]
}
