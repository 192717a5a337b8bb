//! The kinds of problems below `/v1`, each with what a client can do about it: the `type` of a problem document leads to
//! its description in `/docs`.

/// A kind of problem, as the documentation tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::v1) struct Kind {
    /// Names it in the address of its description.
    pub(in crate::v1) slug: &'static str,
    /// What it is called.
    pub(in crate::v1) title: &'static str,
    /// The status that it comes with.
    pub(in crate::v1) status: u16,
    /// What the client can do.
    pub(in crate::v1) remedy: &'static str,
}

const fn kind(status: u16, slug: &'static str, title: &'static str, remedy: &'static str) -> Kind {
    Kind { slug, title, status, remedy }
}

pub(super) const BAD_REQUEST: Kind = kind(
    400,
    "bad-request",
    "The request cannot be read",
    "Send it in the documented form; `detail` and `errors` say what was expected. A cursor is used as it was answered, with the same filters.",
);
pub(super) const UNAUTHORIZED: Kind = kind(
    401,
    "unauthorized",
    "The key is not accepted",
    "Send one valid key in the header x-api-key. Keys end, and can be revoked.",
);
pub(super) const FORBIDDEN: Kind =
    kind(403, "forbidden", "The key does not allow this", "Use a key with the scope that `detail` names.");
pub(super) const NOT_FOUND: Kind = kind(
    404,
    "not-found",
    "There is no such thing",
    "Check the id. What belongs to another company is not found either.",
);
pub(super) const METHOD_NOT_ALLOWED: Kind = kind(
    405,
    "method-not-allowed",
    "The path does not know the method",
    "The header Allow names those that it knows.",
);
pub(super) const CONFLICT: Kind =
    kind(409, "conflict", "It is not in the right state", "`detail` says in which state it must be.");
pub(super) const PRECONDITION_FAILED: Kind = kind(
    412,
    "precondition-failed",
    "It was changed meanwhile",
    "Read it again, look at what changed, and send the change with the new ETag.",
);
pub(super) const TOO_LARGE: Kind = kind(413, "too-large", "The body is too long", "Send less.");
pub(super) const UNSUPPORTED_MEDIA_TYPE: Kind = kind(
    415,
    "unsupported-media-type",
    "The body is no JSON",
    "Send the header Content-Type: application/json.",
);
pub(super) const UNPROCESSABLE: Kind =
    kind(422, "unprocessable", "A value cannot be taken", "`errors` says which, and why.");
pub(super) const PRECONDITION_REQUIRED: Kind = kind(
    428,
    "precondition-required",
    "If-Match is missing",
    "Send the ETag that came with what is to be changed in the header If-Match.",
);
pub(super) const TOO_MANY_REQUESTS: Kind = kind(
    429,
    "too-many-requests",
    "Too many requests",
    "Wait as long as the header Retry-After says. RateLimit tells ahead how many requests are left.",
);
pub(super) const INTERNAL: Kind =
    kind(500, "internal", "A fault on our side", "Try again later; if it stays, tell who runs Hark.");
pub(super) const UNAVAILABLE: Kind =
    kind(503, "unavailable", "A store does not answer just now", "Try again after the time in Retry-After.");

/// All kinds, for the documentation.
pub(in crate::v1) const KINDS: [Kind; 14] = [
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    UNPROCESSABLE,
    PRECONDITION_REQUIRED,
    TOO_MANY_REQUESTS,
    INTERNAL,
    UNAVAILABLE,
];
