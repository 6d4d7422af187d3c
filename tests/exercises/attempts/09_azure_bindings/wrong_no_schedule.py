# rejected by test_the_timer_fires_every_five_minutes: was not recognized
# file: tick/function.json
# tick/function.json
bindings = []
bindings = [
    {
        "type": "timerTrigger",
        "direction": "in",
        "name": "clock",
    }
]
function = {"bindings": bindings}
