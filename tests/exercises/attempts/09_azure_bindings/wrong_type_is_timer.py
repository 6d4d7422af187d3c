# rejected by test_every_function_is_valid: No trigger binding specified
# file: tick/function.json
# tick/function.json
bindings = []
bindings = [
    {
        "type": "timer",
        "direction": "in",
        "name": "clock",
        "schedule": "0 */5 * * * *",
    }
]
function = {"bindings": bindings}
