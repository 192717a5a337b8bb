"""Changes of our templates, each of which one rule must notice: rule, story, change."""

from mutants import alarms, apis, functions, permissions, queues, schedules, stacks, storage

MUTANTS = [
    (rule, story, change)
    for module in (queues, alarms, functions, apis, storage, permissions, schedules, stacks)
    for rule, stories in module.MUTANTS.items()
    for story, change in stories.items()
]
