# rejected by test_host_json_starts_the_handler: The cell of host.json fails: TypeError
# file: host.json
host = {"version": "2.0"}
host["customHandler"] = {
    "description": {
        "defaultExecutablePath": "python3",
        "arguments": ["handler.py"],
    },
    "enableForwardingHttpRequest": {True}.union,
}
