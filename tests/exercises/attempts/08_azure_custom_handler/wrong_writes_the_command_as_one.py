# rejected by test_host_json_starts_the_handler: came      python3 handler.py
# file: host.json
host = {"version": "2.0"}
host["customHandler"] = {
    "description": {
        "defaultExecutablePath": "python3 handler.py",
    },
    "enableForwardingHttpRequest": True,
}
