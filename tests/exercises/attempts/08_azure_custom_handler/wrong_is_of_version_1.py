# rejected by test_host_json_starts_the_handler: '1.0' is an invalid value for host.json 'version'
# file: host.json
host = {"version": "1.0"}
host["customHandler"] = {
    "description": {
        "defaultExecutablePath": "python3",
        "arguments": ["handler.py"],
    },
    "enableForwardingHttpRequest": True,
}
