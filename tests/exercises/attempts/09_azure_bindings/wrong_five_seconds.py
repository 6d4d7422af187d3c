# rejected by test_the_timer_fires_every_five_minutes: the seconds first
# file: tick/function.json
# tick/function.json
bindings = []
bindings = [
    {
        "type": "timerTrigger",
        "direction": "in",
        "name": "clock",
        "schedule": "*/5 * * * * *",
    }
]
function = {"bindings": bindings}
