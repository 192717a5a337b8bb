"""Queues, their dead letters, and the functions that they feed."""

# AWS advises six (Lambda developer guide, "Using Lambda with Amazon SQS").
VISIBILITY_FACTOR = 6
LEAST_RECEIVES = 5


def fed_functions(deployment):
    """Each event source mapping with the queue and the function that it joins."""
    for mapping in deployment.resources("AWS::Lambda::EventSourceMapping"):
        queue = deployment.find(mapping.properties["EventSourceArn"])
        if queue.type == "AWS::SQS::Queue":
            yield mapping, queue, deployment.find(mapping.properties["FunctionName"])


def dead_letters_of(deployment, queue):
    """The queue that takes what this one gives up, or None."""
    return deployment.find(queue.properties.get("RedrivePolicy", {}).get("deadLetterTargetArn"))


def batches_report_single_failures(deployment):
    """1: without it, Lambda deletes the messages that a function reports as failed."""
    for mapping, _, _ in fed_functions(deployment):
        if "ReportBatchItemFailures" not in mapping.properties.get("FunctionResponseTypes", []):
            yield f"{mapping}: FunctionResponseTypes lacks ReportBatchItemFailures"


def messages_stay_hidden_for_long_enough(deployment):
    """2: else the same note is worked on twice at once. The local stack may be shorter: tests wait for redeliveries."""
    if not deployment.on_aws:
        return
    for mapping, queue, function in fed_functions(deployment):
        window = int(mapping.properties.get("MaximumBatchingWindowInSeconds", 0))
        least = VISIBILITY_FACTOR * int(function.properties["Timeout"]) + window
        hidden = int(queue.properties.get("VisibilityTimeout", 30))
        if hidden < least:
            yield f"{queue}: messages are hidden for {hidden} s, less than {least} s ({VISIBILITY_FACTOR} runs, window)"


def dead_letters_outlive_the_queue(deployment):
    """3: dead letters keep the time at which they were first sent, so their queue must keep them for longer."""
    for _, queue, _ in fed_functions(deployment):
        dead = dead_letters_of(deployment, queue)
        if dead is None:
            yield f"{queue}: has no dead letters"
            continue
        receives = int(queue.properties["RedrivePolicy"]["maxReceiveCount"])
        if receives < LEAST_RECEIVES:
            yield f"{queue}: gives up after {receives} receives, less than {LEAST_RECEIVES}"
        kept, waits = (int(each.properties.get("MessageRetentionPeriod", 345600)) for each in (dead, queue))
        if kept <= waits:
            yield f"{dead}: is kept for {kept} s, no longer than the queue's {waits} s"


def concurrency_is_limited_at_the_source(deployment):
    """4: pollers ignore reserved concurrency and would take messages that nobody can work on."""
    for mapping, _, function in fed_functions(deployment):
        most = mapping.properties.get("ScalingConfig", {}).get("MaximumConcurrency")
        if most is None:
            yield f"{mapping}: has no MaximumConcurrency"
            continue
        reserved = function.properties.get("ReservedConcurrentExecutions")
        if reserved is not None and int(most) > int(reserved):
            yield f"{mapping}: MaximumConcurrency {most} is more than the {reserved} that {function} has reserved"
