# rejected by test_host_json_starts_the_handler: without it the host sends a payload
# file: host.json
host = {"version": "2.0"}
host["customHandler"] = {
    "description": {
        "defaultExecutablePath": "python3",
        "arguments": ["handler.py"],
    },
}
