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
    """4: pollers ignore reserved concurrency and would take messages that nobody can work on. All queues of a function
    together, so that one that is full leaves the others their share."""
    at_most = {}
    for mapping, _, function in fed_functions(deployment):
        most = mapping.properties.get("ScalingConfig", {}).get("MaximumConcurrency")
        if most is None:
            yield f"{mapping}: has no MaximumConcurrency"
            continue
        at_most.setdefault(str(function), [function, 0])[1] += int(most)
    for function, most in at_most.values():
        reserved = function.properties.get("ReservedConcurrentExecutions")
        if reserved is not None and most > int(reserved):
            yield f"{function}: its queues take {most} at once, more than the {reserved} that it has reserved"


def callers_wait_behind_no_note(deployment):
    """What is asked in a call goes to a queue of its own, which is worked on one by one, and no note goes there."""
    calls = deployment.known["CallsQueueUrl"]
    said = {each.component: each.properties["Environment"]["Variables"] for each in _functions(deployment)}
    for component, variables in said.items():
        if variables.get("QUEUE_URL") == calls:
            yield f"{component}: its notes go to the queue of calls"
    if said["call-handler"].get("CALLS_QUEUE_URL") != calls:
        yield "call-handler: does not ask in the queue of calls"
    own = [mapping for mapping, queue, _ in fed_functions(deployment) if queue.ref == calls]
    if [mapping.properties.get("BatchSize") for mapping in own] != [1]:
        yield "the queue of calls feeds no function of its own mapping, one by one"
    if any(int(mapping.properties.get("MaximumBatchingWindowInSeconds", 0)) for mapping in own):
        yield "what is asked in calls waits for a batch to be filled"


def _functions(deployment):
    return deployment.resources("AWS::Lambda::Function")
