"""Mutants: how the stacks hold together."""

from mutants.changes import parameter, template

MUTANTS = {
    "deployments_are_accepted": {
        "a name that no template has": parameter("prod", "TwilioAccountSID", "AC1"),
        "a parameter without a value": template(
            "data-api", "Parameters", "Region", value={"Type": "String", "Description": "Where."}
        ),
        "less than allowed": parameter("prod", "MaximumConcurrency", "1"),
        "no such word": parameter("prod", "Tracing", "On"),
    },
    "nothing_is_exported": {
        "an export": template("shared", "Outputs", "TableName", "Export", value={"Name": "table"}),
    },
    "outputs_come_from_the_stack_that_is_named": {
        "another stack": template(
            "voice-parser", "Parameters", "QueueArn", "Description", value="Output of the stack artifacts."
        ),
        "a later stack": template(
            "customer-lookup", "Parameters", "Tracing", "Description", value="Output of the stack data-api."
        ),
    },
    "skipped_checks_have_a_reason": {
        "no reason": template(
            "data-api", "Resources", "Function", "Metadata", "checkov", "skip", value=[{"id": "CKV_AWS_116"}]
        ),
    },
}
