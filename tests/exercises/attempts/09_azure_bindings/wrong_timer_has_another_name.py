# rejected by test_the_timer_fires_under_the_host: the key in Data
# file: tick/function.json
# tick/function.json
bindings = []
bindings = [
    {
        "type": "timerTrigger",
        "direction": "in",
        "name": "timer",
        "schedule": "0 */5 * * * *",
    }
]
function = {"bindings": bindings}
