# rejected by test_the_app_answers_under_the_host: came      404
# file: host.json
host = {"version": "2.0"}
host["extensions"] = {"http": {"routePrefix": ""}}
host["customHandler"] = {
    "description": {
        "defaultExecutablePath": "python3",
        "arguments": ["handler.py"],
    },
    "enableForwardingHttpRequest": True,
}
