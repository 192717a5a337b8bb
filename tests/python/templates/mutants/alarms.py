"""Mutants: alarms and the dashboard."""

from mutants.changes import put, remove, replace, template, together

MUTANTS = {
    "dead_letters_and_old_notes_reach_a_person": {
        "no action": remove("observability", "DeadLettersNotEmpty", "AlarmActions"),
        "switched off": put("observability", "OldestNote", "ActionsEnabled", value=False),
        "no alarm on age": template("observability", "Resources", "OldestNote"),
        "no alarm on what callers wait for": template("observability", "Resources", "CallersWait"),
        "what was sent is counted": together(
            put("observability", "DeadLettersNotEmpty", "MetricName", value="Errors"),
            put("observability", "DeadLettersNotEmpty", "Namespace", value="AWS/Lambda"),
            put(
                "observability",
                "DeadLettersNotEmpty",
                "Dimensions",
                value=[{"Name": "FunctionName", "Value": {"Ref": "VoiceParserFunctionName"}}],
            ),
        ),
        "ten of them": put("observability", "DeadLettersNotEmpty", "Threshold", value=10),
    },
    "alarms_cover_every_function_and_api": {
        "a function": template("observability", "Resources", "DataApiThrottles"),
        "an API": template("observability", "Resources", "WebhookServerErrors"),
        "lookups": template("observability", "Resources", "LookupFailures"),
        "lookups of callers": template("observability", "Resources", "CallLookupFailures"),
    },
    "alarms_name_a_section_of_the_runbook": {
        "a section that is not there": put(
            "observability", "OldestNote", "AlarmDescription", value="A note waits. RUNBOOK: Old notes"
        ),
        "nothing": remove("observability", "OldestNote", "AlarmDescription"),
    },
    "metrics_are_ones_that_somebody_writes": {
        "another word on the dashboard": replace(
            "observability", "Dashboard", "DashboardBody", "Fn::Sub", old='"NoteLatency"', new='"NoteDelay"'
        ),
        "another dimension in a search": replace(
            "observability", "Dashboard", "DashboardBody", "Fn::Sub", old=",Outcome}", new=",Result}"
        ),
        "another metric of AWS": replace(
            "observability", "Dashboard", "DashboardBody", "Fn::Sub", old='"4xx"', new='"4XXError"'
        ),
        "no dimension": remove("observability", "AnswersUndelivered", "Dimensions"),
        "another function": put(
            "observability",
            "AnswersUndelivered",
            "Dimensions",
            value=[{"Name": "FunctionName", "Value": "voice-parser"}],
        ),
    },
}
