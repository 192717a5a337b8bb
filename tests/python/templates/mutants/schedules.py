"""Mutants: what runs at certain times."""

from mutants.changes import put, template

MUTANTS = {
    "schedules_run_and_are_missed": {
        "switched off": put("scheduler", "EveryMinute", "State", value="DISABLED"),
        "no target": put("scheduler", "EveryMinute", "Targets", value=[]),
        "no permission": template("scheduler", "Resources", "RuleMayInvoke"),
        "a permission of another rule": put(
            "scheduler", "RuleMayInvoke", "SourceArn", value="arn:aws:events:eu-central-1:111122223333:rule/other"
        ),
        "no alarm": template("observability", "Resources", "SchedulerDoesNotRun"),
        "an alarm that waits for data": put(
            "observability", "SchedulerDoesNotRun", "TreatMissingData", value="notBreaching"
        ),
    },
}
