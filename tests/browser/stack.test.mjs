// What the office does in the panel of a deployed stack: through API Gateway, Lambda, DynamoDB and S3, as the stand-in
// for AWS on this machine has them. The stack is that of target/dev-stack.env, or of the file that HARK_STACK_ENV names.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { BEN, ROOT, fixture, openPage, phonesOf, plays, startBrowser, violations } from "./hark.mjs";

// Of the company that the phones belong to, and of one of its own, which nobody else makes keys for.
const VIEWER = `viewer-${randomBytes(6).toString("hex")}`;
const OWNER = `owner-${randomBytes(6).toString("hex")}`;
const PASSWORD = randomBytes(12).toString("hex");

const made = [];
let stack, browser, site;

before(async () => {
  stack = await readStack();
  // Browsers know names below localhost by themselves.
  site = { url: new URL(stack.PANEL_URL).origin };
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await Promise.all(made.map((name) => users(["remove", name])));
});

async function readStack() {
  const file = resolve(ROOT, process.env.HARK_STACK_ENV ?? "target/dev-stack.env");
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`${file} is missing: run \`make dev-stack\` first`);
  });
  const entries = text.split("\n").filter((line) => line.includes("=") && !line.startsWith("#"));
  const found = Object.fromEntries(entries.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  assert.equal(found.HARK_ENV, "local", "these stories are for the stack on this machine");
  return found;
}

/** `hark users` on the stack; answers what it prints. */
function users(args, input = "") {
  // Nothing else of the environment: the credentials of an account are not for the stand-in.
  const env = { PATH: process.env.PATH, ...stack };
  const hark = spawn(join(ROOT, "target", "hark"), ["users", ...args], { env, stdio: ["pipe", "pipe", "inherit"] });
  hark.stdin.end(input);
  let printed = "";
  hark.stdout.on("data", (text) => (printed += text));
  return new Promise((done, failed) => {
    hark.once("error", failed);
    hark.once("close", (code) => (code === 0 ? done(printed) : failed(new Error(`hark users ${args[0]}: ${code}`))));
  });
}

/** A user, and the link that signs it in. */
async function userOf(company, name, role) {
  const printed = await users(["create", name, "--company", company, "--role", role, "--json"]);
  made.push(name);
  return JSON.parse(printed).link;
}

function newId() {
  return `SM${randomBytes(16).toString("hex")}`;
}

/** A recording with silence behind it, so that it is larger than the parts in which a function can answer. */
async function longRecording() {
  const short = await fixture("job-en.wav");
  const at = short.indexOf("data") + 4;
  const long = Buffer.concat([short, Buffer.alloc(9 * 1024 * 1024)]);
  long.writeUInt32LE(long.length - 8, 4);
  long.writeUInt32LE(long.length - at - 4, at);
  return long;
}

test("who follows a link is in, and a voice note comes in by itself, is done, and plays to its end", async () => {
  const { page, trouble } = await openPage(browser, site);
  await page.goto(await userOf("demo-plumbing", VIEWER, "viewer"));
  assert.equal(new URL(page.url()).pathname, "/panel");
  const phones = phonesOf(stack.HARK_SIM_URL);
  const [typed, sid] = [newId(), newId()];
  // After what is typed a recording is a note of its own. After another recording it would join that one.
  await phones.says(BEN, "Please order three valves.", typed);
  await page.locator(`#n-${typed}.done`).waitFor({ timeout: 90_000 });
  const words = "Please order two copper pipes for Mrs Miller.";
  await phones.speaksWords(BEN, words, await longRecording(), "audio/wav", sid);
  const row = page.locator(`#n-${sid}`);
  await page.locator(`#n-${sid}.done`).waitFor({ timeout: 90_000 });
  assert.match(await row.innerText(), /two copper pipes/);
  await row.getByRole("link").click();
  await page.locator("mark").first().waitFor();
  assert.equal(await page.locator(".steps li.done").count(), 6);
  const seconds = await plays(page);
  assert.ok(seconds > 290, `${seconds} s are all of it`);
  await plays(page, seconds - 2);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("who has a password signs in with it, makes and ends a key, and is out after signing out", async () => {
  const link = await userOf(`of-${OWNER}`, OWNER, "owner");
  await users(["password", OWNER], `${PASSWORD}\n`);
  const { page, trouble } = await openPage(browser, site);
  await page.goto(stack.PANEL_URL);
  assert.equal(new URL(page.url()).pathname, "/panel/sign-in");
  await page.getByLabel("Name").fill(OWNER);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Nothing has come in yet.").waitFor();

  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByLabel("It may").selectOption({ label: "read records" });
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator("code.key").innerText();
  const ask = () => fetch(`${stack.DATA_API_URL}/v1/records`, { headers: { "x-api-key": key } });
  assert.equal((await ask()).status, 200);
  await page.getByRole("button", { name: /^End / }).click();
  await page.getByText("Ended", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Who did what" }).click();
  await page.getByText("made an API key").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(stack.PANEL_URL);
  assert.equal(new URL(page.url()).pathname, "/panel/sign-in");
  assert.deepEqual(trouble, []);
  // The password came after the link.
  assert.equal((await page.goto(link)).status(), 403);
  await page.context().close();
});
