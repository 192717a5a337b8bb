"""Where the values of parameters come from."""

import pytest

from stacks import CannotDeploy, Template, choose, inputs_from_outputs, read_parameters, stack_name

TEMPLATE = Template(
    "voice-parser",
    "",
    {
        "Env": {"Type": "String"},
        "QueueUrl": {"Type": "String", "Description": "Where notes wait."},
        "MemorySize": {"Type": "Number", "Default": 512},
    },
)


def test_outputs_of_the_foundation_keep_their_names_and_those_of_components_get_theirs():
    assert inputs_from_outputs("shared", {"QueueUrl": "q"}) == {"QueueUrl": "q"}
    assert inputs_from_outputs("customer-lookup", {"FunctionArn": "a"}) == {"CustomerLookupFunctionArn": "a"}


def test_the_first_source_that_has_a_value_wins_and_a_default_is_left_to_cloudformation():
    sources = [{"QueueUrl": ""}, {"QueueUrl": "first"}, {"QueueUrl": "second", "Unknown": "x"}]
    assert choose(TEMPLATE, "dev", sources) == {"Env": "dev", "QueueUrl": "first"}
    assert choose(TEMPLATE, "dev", [*sources, {"MemorySize": "128"}])["MemorySize"] == "128"


def test_a_parameter_without_a_value_is_named_with_its_description():
    with pytest.raises(CannotDeploy, match="(?s)QueueUrl: Where notes wait.*parameters/prod.json"):
        choose(TEMPLATE, "prod", [{}])


@pytest.mark.parametrize("env", ["local", "dev", "prod"])
def test_our_own_parameter_files_can_be_read_and_what_is_to_be_filled_in_is_empty(env):
    values = read_parameters(env)
    assert all(isinstance(value, str) for value in values.values())
    assert (values["TwilioAccountSid"] == "") == (env != "local")


def test_a_stack_is_named_by_its_environment_and_component():
    assert stack_name("dev", "data-api") == "hark-dev-data-api"
