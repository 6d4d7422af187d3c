# rejected by test_the_timer_fires_every_five_minutes: every fifth for the minutes
# file: tick/function.json
# tick/function.json
bindings = []
bindings = [
    {
        "type": "timerTrigger",
        "direction": "in",
        "name": "clock",
        "schedule": "0 5 * * * *",
    }
]
function = {"bindings": bindings}
