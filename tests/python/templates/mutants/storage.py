"""Mutants: buckets, the table, the key, logs."""

from mutants.changes import put, remove, statement, template

MUTANTS = {
    "old_versions_go": {
        "kept for ever": remove(
            "shared", "DataBucket", "LifecycleConfiguration", "Rules", 0, "NoncurrentVersionExpiration"
        ),
        "half uploads": remove(
            "artifacts", "LogBucket", "LifecycleConfiguration", "Rules", 0, "AbortIncompleteMultipartUpload"
        ),
        "switched off": put("shared", "DataBucket", "LifecycleConfiguration", "Rules", 0, "Status", value="Disabled"),
    },
    "only_over_tls": {
        "a boolean": statement(
            "shared", "TlsOnly", "DataBucketPolicy", Condition={"Bool": {"aws:SecureTransport": False}}
        ),
        "the other way round": statement(
            "shared", "TlsOnly", "QueuesOverTlsOnly", Condition={"Bool": {"aws:SecureTransport": "true"}}
        ),
        "a bucket without": template("artifacts", "Resources", "LogBucketPolicy"),
        "its files alone": statement(
            "artifacts", "TlsOnly", "ArtifactsBucketPolicy", Resource={"Fn::Sub": "${ArtifactsBucket.Arn}/*"}
        ),
    },
    "encrypted_with_our_key": {
        "the table": remove("shared", "Table", "SSESpecification", "KMSMasterKeyId"),
        "dead letters": remove("shared", "DeadLetterQueue", "KmsMasterKeyId"),
        "a log": remove("data-api", "AccessLog", "KmsKeyId"),
        "the bucket": remove("shared", "DataBucket", "BucketEncryption"),
    },
    "kept_when_its_stack_goes": {
        "the table": template("shared", "Resources", "Table", "DeletionPolicy"),
        "the key": template("shared", "Resources", "DataKey", "DeletionPolicy", value="Delete"),
        "a replaced bucket": template("shared", "Resources", "DataBucket", "UpdateReplacePolicy"),
    },
    "logs_end": {
        "kept for ever": remove("customer-lookup", "LogGroup", "RetentionInDays"),
        "a group that Lambda makes": remove("customer-lookup", "Function", "LoggingConfig"),
        "no access log": remove("data-api", "Stage", "AccessLogSettings"),
    },
}
