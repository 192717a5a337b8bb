"""What the `hark` command and the tests need to work on a deployed stack, from its outputs."""

from change import Stack
from stacks import CannotDeploy, stack_name

# Variable, component, output.
FROM_OUTPUTS = (
    ("WEBHOOK_URL", "webhook-handler", "WebhookUrl"),
    ("VOICE_URL", "call-handler", "VoiceUrl"),
    ("DATA_API_URL", "data-api", "DataApiUrl"),
    ("PANEL_URL", "panel", "PanelUrl"),
    ("DATA_BUCKET", "shared", "DataBucket"),
    ("TABLE_NAME", "shared", "TableName"),
    ("QUEUE_URL", "shared", "QueueUrl"),
    ("CALLS_QUEUE_URL", "shared", "CallsQueueUrl"),
    ("DEAD_LETTER_QUEUE_URL", "shared", "DeadLetterQueueUrl"),
    ("LAST_CHANCE_QUEUE_URL", "shared", "LastChanceQueueUrl"),
    ("CUSTOMER_LOOKUP_FUNCTION", "customer-lookup", "FunctionName"),
)
FROM_PARAMETERS = (
    ("TWILIO_ACCOUNT_SID", "TwilioAccountSid"),
    ("TWILIO_WHATSAPP_NUMBER", "TwilioWhatsappNumber"),
    ("TWILIO_SMS_NUMBER", "TwilioSmsNumber"),
    ("TWILIO_VOICE_NUMBER", "TwilioVoiceNumber"),
)


def settings(account, parameters):
    """The settings of an account's stack; secrets by their names only."""
    env, found = account.env, {}
    values = {"HARK_ENV": env}
    for variable, component, output in FROM_OUTPUTS:
        if component not in found:
            found[component] = Stack(account, stack_name(env, component)).outputs()
        if found[component] is None:
            raise CannotDeploy(f"{stack_name(env, component)} is not deployed: make deploy-infra ENV={env}")
        if output not in found[component]:
            name = stack_name(env, component)
            raise CannotDeploy(f"{name} has no {output}: an older version deployed it, make deploy-infra ENV={env}")
        values[variable] = found[component][output]
    for secret in ("twilio", "openai", "api-keys"):
        values[f"{secret.upper().replace('-', '_')}_SECRET_ID"] = f"hark/{env}/{secret}"
    values |= {variable: parameters[name] for variable, name in FROM_PARAMETERS if parameters.get(name)}
    return values
