// `hark dev` on free ports and in a folder of its own, and a browser to look at it. Both end with the test.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
export const ANNA = "whatsapp:+4915155500001";
export const BEN = "whatsapp:+4915155500002";

/** A running `hark dev` with nothing in its inbox, unless `settings` say otherwise. */
export async function startHark(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "hark-browser-"));
  const env = {
    PATH: process.env.PATH,
    HARK_PORT: "0",
    HARK_SIM_PORT: "0",
    HARK_DATA: folder,
    HARK_DEMO_MESSAGES: "off",
    HARK_LOG: "warn",
    OPENAI_PRICE_AUDIO_MINUTE: "0.006",
    OPENAI_PRICE_INPUT_MTOK: "0.25",
    OPENAI_PRICE_OUTPUT_MTOK: "2",
    ...settings,
  };
  const hark = spawn(join(ROOT, "target", "hark"), ["dev", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => hark.once("exit", resolve));
  const lines = createInterface({ input: hark.stdout });
  let text = "";
  const started = await new Promise((resolve, reject) => {
    ended.then(() => reject(new Error("hark dev ended before it was ready")));
    lines.on("line", (line) => {
      text += line;
      try {
        resolve(JSON.parse(text));
      } catch {
        // Not the whole object yet.
      }
    });
  });
  return {
    ...started,
    folder,
    ...phonesOf(started.simulators),
    /** What the stand-ins do wrong from now on. */
    faults: (plan) => post(`${started.simulators}/_sim/faults`, JSON.stringify(plan), "application/json"),
    async stop() {
      hark.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A recording of the fixtures. */
export async function fixture(file) {
  return readFile(join(ROOT, "tests/fixtures/audio", file));
}

/** People's phones, played over the stand-in for Twilio at this address. */
export function phonesOf(simulators) {
  const phone = (who, what) => `${simulators}/_sim/phone/${encodeURIComponent(who)}/${what}`;
  return {
    /** `sid`: the message's id, where the story has to know it before. */
    says: (who, words, sid) =>
      post(phone(who, "text"), words, "text/plain", sid ? { "x-sim-message-sid": sid } : {}),
    speaks: async (who, file) => post(phone(who, "voice"), await fixture(file), "audio/ogg"),
    /** A recording of its own, in which these words are said. */
    speaksWords: (who, words, recording, type, sid) =>
      post(phone(who, "voice"), recording, type, { "x-sim-transcript": words, "x-sim-message-sid": sid }),
  };
}

async function post(url, body, type = "text/plain", headers = {}) {
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": type, ...headers } });
  if (!answer.ok) {
    throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  }
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

/** A file of other words where one of the second note belongs: nothing that a retry could mend. */
export async function putInTheWay({ folder }, first, second) {
  const jobs = join(folder, "objects", "demo-plumbing", "job-to-be-done");
  const name = (await readdir(jobs)).find((found) => found.endsWith(`_${first}_full_text.txt`));
  const path = join(jobs, name.replace(first, second));
  await writeFile(path, "other words");
  return path;
}

/** Debian's Chromium, without anything that it does by itself. */
export async function startBrowser() {
  const args = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  // A microphone that beeps.
  args.push("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
  if (process.getuid() === 0) {
    args.push("--no-sandbox");
  }
  return chromium.launch({ executablePath: process.env.HARK_CHROMIUM ?? "/usr/bin/chromium", args });
}

/** A page of which everything that goes wrong, and everything that it loads from elsewhere, is kept. */
export async function openPage(browser, hark, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") {
      trouble.push(message.text());
    }
  });
  page.on("request", (request) => {
    if (![hark.url, `blob:${hark.url}`].some((own) => request.url().startsWith(own))) {
      trouble.push(`asked for ${request.url()}`);
    }
  });
  return { page, trouble };
}

/** Plays the recording of a note's page from its beginning, or from so many seconds on. Answers how long it is. */
export async function plays(page, from = 0) {
  return page.evaluate(async (from) => {
    const audio = document.querySelector("audio");
    audio.muted = true;
    audio.currentTime = from;
    await audio.play();
    await new Promise((resolve, reject) => {
      audio.addEventListener("timeupdate", () => audio.currentTime > from && resolve());
      audio.addEventListener("error", () => reject(new Error(audio.error.message)));
    });
    audio.pause();
    return audio.duration;
  }, from);
}

/** What axe finds wrong on a page. It is put in beside the page's own policy, which allows no such script. */
export async function violations(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  await session.send("Runtime.evaluate", { expression: await readFile(AXE, "utf8") });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run().then((found) => JSON.stringify(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)])))",
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value);
}
