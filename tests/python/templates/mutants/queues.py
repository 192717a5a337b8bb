"""Mutants: queues, their dead letters and the functions that they feed."""

from mutants.changes import parameter, put, remove

CALLS = {"Ref": "CallsQueueUrl"}
MUTANTS = {
    "callers_wait_behind_no_note": {
        "one queue for both": put(
            "call-handler", "Function", "Environment", "Variables", "CALLS_QUEUE_URL", value={"Ref": "QueueUrl"}
        ),
        "notes in it": put("call-handler", "Function", "Environment", "Variables", "QUEUE_URL", value=CALLS),
        "ten together": put("voice-parser", "Calls", "BatchSize", value=10),
    },
    "batches_report_single_failures": {
        "no response types": remove("voice-parser", "Notes", "FunctionResponseTypes"),
        "other ones": put("voice-parser", "Notes", "FunctionResponseTypes", value=[]),
    },
    "messages_stay_hidden_for_long_enough": {
        "600 s by the file": parameter("prod", "VisibilityTimeoutSeconds", "600"),
        "SQS's own 30 s": remove("shared", "Queue", "VisibilityTimeout"),
        "a slower function": put("voice-parser", "Function", "Timeout", value=121),
        "a window": parameter("prod", "BatchingWindowSeconds", "1"),
    },
    "dead_letters_outlive_the_queue": {
        "3 receives": put("shared", "Queue", "RedrivePolicy", "maxReceiveCount", value=3),
        "4 days": parameter("prod", "DeadLetterRetentionSeconds", "345600"),
        "SQS's own 4 days": remove("shared", "DeadLetterQueue", "MessageRetentionPeriod"),
    },
    "concurrency_is_limited_at_the_source": {
        "no limit": remove("voice-parser", "Notes", "ScalingConfig"),
        "more than is reserved": parameter("prod", "ReservedConcurrency", "9"),
        "no share for callers": parameter("prod", "ReservedConcurrency", "16"),
    },
}
