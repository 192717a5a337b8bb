"""The rules that our templates keep. A rule takes a Deployment and answers what is wrong, a line for each finding.

Each is proven by a mutant in `test_mutants.py`.
"""

from rules.alarms import (
    alarms_cover_every_function_and_api,
    alarms_name_a_section_of_the_runbook,
    dead_letters_and_old_notes_reach_a_person,
    metrics_are_ones_that_somebody_writes,
)
from rules.apis import authorizers_forget_within_a_minute, pages_are_named, stages_are_throttled
from rules.functions import code_is_named_by_its_content, no_secret_stands_in_an_environment
from rules.permissions import (
    call_handler_knows_what_calls_are_about_only,
    data_api_sees_companies_files_only,
    data_api_writes_what_clients_write_only,
    files_of_our_own_are_safe,
    functions_may_use_what_they_are_given,
    keys_are_used_through_one_service,
    nobody_destroys,
    only_notes_are_withdrawn,
    panel_does_what_the_office_does_only,
    permissions_name_what_they_allow,
    roles_are_not_shared,
)
from rules.queues import (
    batches_report_single_failures,
    callers_wait_behind_no_note,
    concurrency_is_limited_at_the_source,
    dead_letters_outlive_the_queue,
    messages_stay_hidden_for_long_enough,
)
from rules.schedules import schedules_run_and_are_missed
from rules.stacks import (
    deployments_are_accepted,
    nothing_is_exported,
    outputs_come_from_the_stack_that_is_named,
    skipped_checks_have_a_reason,
)
from rules.storage import (
    encrypted_with_our_key,
    kept_when_its_stack_goes,
    logs_end,
    old_versions_go,
    only_over_tls,
)

RULES = (
    # The twelve of every such system, from queues to the code's place; and one of calls.
    batches_report_single_failures,
    messages_stay_hidden_for_long_enough,
    dead_letters_outlive_the_queue,
    concurrency_is_limited_at_the_source,
    dead_letters_and_old_notes_reach_a_person,
    no_secret_stands_in_an_environment,
    authorizers_forget_within_a_minute,
    stages_are_throttled,
    pages_are_named,
    old_versions_go,
    only_over_tls,
    code_is_named_by_its_content,
    callers_wait_behind_no_note,
    # Who may do what.
    call_handler_knows_what_calls_are_about_only,
    data_api_sees_companies_files_only,
    data_api_writes_what_clients_write_only,
    files_of_our_own_are_safe,
    functions_may_use_what_they_are_given,
    keys_are_used_through_one_service,
    nobody_destroys,
    only_notes_are_withdrawn,
    panel_does_what_the_office_does_only,
    permissions_name_what_they_allow,
    roles_are_not_shared,
    # What is kept, what is told, and how stacks hold together.
    encrypted_with_our_key,
    kept_when_its_stack_goes,
    logs_end,
    alarms_cover_every_function_and_api,
    alarms_name_a_section_of_the_runbook,
    metrics_are_ones_that_somebody_writes,
    schedules_run_and_are_missed,
    deployments_are_accepted,
    nothing_is_exported,
    outputs_come_from_the_stack_that_is_named,
    skipped_checks_have_a_reason,
)
