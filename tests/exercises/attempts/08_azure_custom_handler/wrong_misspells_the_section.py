# rejected by test_host_json_starts_the_handler: host.json has no customHandler section
# file: host.json
host = {"version": "2.0"}
host["customHandlers"] = {
    "description": {
        "defaultExecutablePath": "python3",
        "arguments": ["handler.py"],
    },
    "enableForwardingHttpRequest": True,
}
