"""Mutants: roles and policies."""

from mutants.changes import more_statement, parameter, put, resource, statement, together, without_statement

FILES = "arn:aws:s3:::${DataBucket}"
S3 = "s3.${AWS::Region}.amazonaws.com"
MUTANTS = {
    "data_api_sees_companies_files_only": {
        "no Deny for reading": without_statement("data-api", "NeverOurOwn"),
        "no Deny for prompts": statement(
            "data-api",
            "NeverOurOwn",
            Resource=[{"Fn::Sub": f"{FILES}/_inbox/*"}, {"Fn::Sub": f"{FILES}/customers.json"}],
        ),
        "lists all": without_statement("data-api", "NeverListsOfSeveral"),
        "lists `_`": without_statement("data-api", "NeverListsOfOurOwn"),
        "writes": more_statement("data-api", "s3:PutObject", {"Fn::Sub": f"{FILES}/acme/*"}),
        "reads nothing": without_statement("data-api", "CompaniesFiles"),
    },
    "data_api_writes_what_clients_write_only": {
        "any item": statement("data-api", "WhatClientsWrite", Condition=None),
        "places": statement(
            "data-api",
            "WhatClientsWrite",
            Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*#*"]}},
        ),
        "no glossary": statement(
            "data-api",
            "WhatClientsWrite",
            Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["key#*"]}},
        ),
    },
    "call_handler_knows_what_calls_are_about_only": {
        "any item is read": statement("call-handler", "WhatCallersAreTold", Condition=None),
        "any item is written": statement("call-handler", "WhatCallsLeave", Condition=None),
        "nothing is heard": statement(
            "call-handler",
            "WhatCallsLeave",
            Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["call#*", "tried-pins", "outcome#*"]}},
        ),
        "recordings": more_statement("call-handler", "s3:GetObject", "arn:aws:s3:::*/_inbox/*"),
    },
    "files_of_our_own_are_safe": {
        "the worker reads it": without_statement("voice-parser", "NeverTheDirectory"),
        "the worker writes prompts": without_statement("voice-parser", "NeverThePrompts"),
        "the lookup writes it": more_statement(
            "customer-lookup", "s3:PutObject", {"Fn::Sub": f"{FILES}/customers.json"}
        ),
        "the panel knows nobody": without_statement("panel", "WhoIsKnown"),
        "the panel only looks": statement("panel", "WhoIsKnown", Action="s3:GetObject"),
        "the panel writes others": statement("panel", "WhoIsKnown", Resource={"Fn::Sub": f"{FILES}/customers.json*"}),
        "the lookup reads all": statement("customer-lookup", "CustomersFile", Resource={"Fn::Sub": f"{FILES}/*"}),
    },
    "functions_may_use_what_they_are_given": {
        "dead letters": without_statement("voice-parser", "GiveUpWithTheReason"),
        "the queue's key": without_statement("webhook-handler", "QueueKey"),
        "the table's key": without_statement("scheduler", "TableKey"),
        "the queue": without_statement("scheduler", "SendJobsAgain"),
        "the queue of calls": statement("call-handler", "QueueNotesAndQuestions", Resource={"Ref": "QueueArn"}),
        "another secret": statement("voice-parser", "KeysOfTwilioAndTheModels", Resource={"Ref": "TwilioSecretArn"}),
        "its own log": without_statement("data-api", "Log"),
        "its own settings": without_statement("data-api", "OwnSettings"),
    },
    "keys_are_used_through_one_service": {
        "any way": statement("data-api", "FilesKey", Condition=None),
        "two services": statement(
            "voice-parser",
            "FilesKey",
            Condition={"StringEquals": {"kms:ViaService": [{"Fn::Sub": S3}, "ec2.amazonaws.com"]}},
        ),
    },
    "nobody_destroys": {
        "versions": more_statement("voice-parser", "s3:DeleteObjectVersion", {"Fn::Sub": f"{FILES}/acme/*"}),
        "the table": more_statement("data-api", "dynamodb:DeleteTable", "arn:aws:dynamodb:::table/x"),
        "purges": more_statement("webhook-handler", "sqs:PurgeQueue", {"Ref": "QueueArn"}),
    },
    "only_notes_are_withdrawn": {
        "not even notes": without_statement("voice-parser", "WithdrawNotes"),
        "anything": without_statement("voice-parser", "NeverWithdrawAnythingElse"),
        "originals": statement(
            "voice-parser",
            "NeverWithdrawAnythingElse",
            Resource=[{"Fn::Sub": f"{FILES}/_prompts/*"}, {"Fn::Sub": f"{FILES}/customers.json"}],
        ),
        "what is withdrawn stays": statement("voice-parser", "WithdrawNotes", Resource={"Fn::Sub": f"{FILES}/acme/*"}),
        "by the office's API": more_statement("data-api", "s3:DeleteObject", {"Fn::Sub": f"{FILES}/acme/*"}),
    },
    "panel_does_what_the_office_does_only": {
        "no recordings": without_statement("panel", "Recordings"),
        "companies' files": more_statement("panel", "s3:GetObject", {"Fn::Sub": f"{FILES}/acme/*"}),
        "lists": without_statement("panel", "NeverLists"),
        "other recordings": more_statement("panel", "s3:PutObject", {"Fn::Sub": f"{FILES}/_inbox/*"}),
        "any item": statement("panel", "WhatTheOfficeDoes", Condition=None),
        "no trail": statement(
            "panel",
            "WhatTheOfficeDoes",
            Condition={
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["sign-in#*", "key*", "note#*", "failed-notes"]}
            },
        ),
    },
    "permissions_name_what_they_allow": {
        "any action": statement("webhook-handler", "QueueNotes", Action=["sqs:SendMessage", "sqs:List*"]),
        "any resource": statement("webhook-handler", "QueueNotes", Resource="*"),
        "X-Ray and more": together(
            parameter("prod", "Tracing", "Active"),
            statement("data-api", "Trace", Action=["xray:PutTraceSegments", "xray:GetTraceSummaries"]),
        ),
    },
    "roles_are_not_shared": {
        "managed by AWS": put(
            "data-api", "Role", "ManagedPolicyArns", value=["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        ),
        "others too": put(
            "data-api",
            "Role",
            "AssumeRolePolicyDocument",
            "Statement",
            0,
            "Principal",
            value={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
        ),
        "a role of nobody": resource(
            "data-api",
            "Spare",
            "AWS::IAM::Role",
            AssumeRolePolicyDocument={"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}}]},
        ),
    },
}
