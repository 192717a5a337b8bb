// Twilio's Node library judges the requests of run.py: one in JSON on each line of the standard input, and for each a
// line with two verdicts: of the function for its kind of body, and of validateIncomingRequest, which chooses itself.
"use strict";
const readline = require("node:readline");
const querystring = require("node:querystring");
// Not the whole library, which would take two seconds to load.
const twilio = require("twilio/lib/webhooks/webhooks");

const attempt = (validate) => {
  try {
    return validate() ? "accept" : "refuse";
  } catch (error) {
    return `error:${error.name}`;
  }
};

// What Express and its usual parsers make of a body.
const parsed = ({ kind, text }) => {
  if (kind === "form") return querystring.parse(text, "&", "=", { maxKeys: 0 });
  return kind === "json" ? JSON.parse(text || "{}") : {};
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { told_secret: secret, url, kind, body, signatures } = JSON.parse(line);
  const text = Buffer.from(body, "base64").toString();
  const header = signatures.length ? signatures.join(", ") : undefined;
  const params = parsed({ kind, text });
  const request = { body: params, rawBody: text, headers: {}, header: () => header };
  const direct = attempt(() =>
    kind === "form"
      ? twilio.validateRequest(secret, header, url, params)
      : twilio.validateRequestWithBody(secret, header, url, text),
  );
  console.log(direct, attempt(() => twilio.validateIncomingRequest(request, secret, { url })));
});
