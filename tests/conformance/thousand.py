"""A client that knows AWS and nothing of the workshop.

Run with the variables that `workshop serve aws` prints and one argument, a
zip. Creates the function, invokes it 1,000 times from 8 threads, deletes it,
and prints how many answers were right.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config

aws = boto3.client("lambda", config=Config(max_pool_connections=8))


def product(n):
    """The event of a range, and the largest palindrome product in it."""
    least, most = 10 + n % 40, 60 + n % 40
    products = {
        a * b for a in range(least, most + 1) for b in range(a, most + 1)
    }
    palindromes = [p for p in products if str(p) == str(p)[::-1]]
    return {"min": least, "max": most}, max(palindromes)


def is_right(n):
    event, expected = product(n)
    reply = aws.invoke(FunctionName="products", Payload=json.dumps(event))
    body = json.loads(reply["Payload"].read())
    return (
        "FunctionError" not in reply and body["largest"]["value"] == expected
    )


aws.create_function(
    FunctionName="products",
    Runtime="provided.al2023",
    Handler="handler.handler",
    Role="arn:aws:iam::123456789012:role/somebody",
    Code={"ZipFile": Path(sys.argv[1]).read_bytes()},
)
aws.get_waiter("function_active_v2").wait(FunctionName="products")
with ThreadPoolExecutor(8) as threads:
    print(sum(threads.map(is_right, range(1000))), "of 1000")
