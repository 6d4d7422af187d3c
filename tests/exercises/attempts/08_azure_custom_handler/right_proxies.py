# accepted: the newer key enableProxyingHttpRequest, and an app in other words
# file: host.json
host = {
    "version": "2.0",
    "logging": {"logLevel": {"default": "Information"}},
    "customHandler": dict(
        description=dict(
            defaultExecutablePath="python3", arguments=["handler.py"]
        ),
        enableProxyingHttpRequest=True,
    ),
}
# file: palindromes/function.json
trigger = {"type": "httpTrigger", "direction": "in", "name": "request"}
trigger |= {"authLevel": "Anonymous", "methods": ["GET", "POST"]}
output = {"type": "http", "direction": "out", "name": "$return"}
function = {"bindings": [output, trigger]}
