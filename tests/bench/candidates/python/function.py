"""The webhook in Python: FastAPI behind Mangum, boto3, Twilio's library, and OpenAI's, as one program has them all."""

import http.client
import json
import os
from urllib.parse import parse_qsl

import boto3
import openai  # noqa: F401: part of the program, used for other requests
from fastapi import FastAPI, Request, Response
from mangum import Mangum
from twilio.request_validator import RequestValidator

secret = boto3.client("secretsmanager").get_secret_value(
    SecretId=os.environ["TWILIO_SECRET_ID"]
)
validator = RequestValidator(json.loads(secret["SecretString"])["TWILIO_AUTH_TOKEN"])
functions, queues = boto3.client("lambda"), boto3.client("sqs")
app = FastAPI()


@app.post("/webhook")
async def webhook(request: Request):
    """Verifies, looks the sender up, queues."""
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    url = os.environ["PUBLIC_BASE_URL"] + request.url.path
    signature = request.headers.get("x-twilio-signature", "")
    if not validator.validate(url, form, signature):
        return Response(status_code=403)
    found = functions.invoke(
        FunctionName=os.environ["CUSTOMER_LOOKUP_FUNCTION"],
        Payload=json.dumps({"phone_number": form["From"].removeprefix("whatsapp:")}),
    )
    sender = json.loads(json.load(found["Payload"])["body"])
    message = {"id": form["MessageSid"], "from": form["From"], "text": form["Body"]}
    job = {"kind": "note_received", "v": 1, "message": message, "sender": sender}
    queues.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(job))
    return Response("<Response/>", media_type="text/xml")


def run(handler):
    """Lambda's runtime loop, as Lambda's own client for Python has it."""
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", "/2018-06-01/runtime/invocation/next")
        event = runtime.getresponse()
        answer = handler(json.loads(event.read()), None)
        path = f"/2018-06-01/runtime/invocation/{event.headers['lambda-runtime-aws-request-id']}/response"
        runtime.request("POST", path, json.dumps(answer))
        runtime.getresponse().read()


run(Mangum(app, lifespan="off"))
