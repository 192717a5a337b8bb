// Pictures of every page of the panel, into the folder that is named.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { ANNA, openPage, startBrowser, startHark } from "./hark.mjs";

const folder = process.argv[2];
await mkdir(folder, { recursive: true });
const [hark, browser] = await Promise.all([startHark({ HARK_DEMO_MESSAGES: "on" }), startBrowser()]);
try {
  await hark.speaks(ANNA, "job-en.ogg");
  const { page } = await openPage(browser, hark, { viewport: { width: 1200, height: 760 } });
  await page.goto(hark.panel);
  await page.locator("li.row.done").nth(2).waitFor();
  const spoken = await page.locator("li.row", { hasText: "copper pipes" }).locator("a").getAttribute("href");
  const pages = { inbox: "/panel", note: spoken, edit: `${spoken}/edit`, dashboard: "/panel/dashboard", people: "/panel/people", thread: "/panel/people/anna", keys: "/panel/keys", prompts: "/panel/settings/prompts", settings: "/panel/settings", glossary: "/panel/settings/glossary", customers: "/panel/settings/customers", import: "/panel/settings/customers/import", webhooks: "/panel/settings/webhooks", audit: "/panel/audit" };
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`${hark.url}${path}`);
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: name !== "inbox" });
  }
  const phone = await openPage(browser, hark, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await phone.page.goto(hark.panel);
  await phone.page.screenshot({ path: join(folder, "inbox-phone.png") });
  await phone.page.goto(`${hark.url}/panel/sign-in`);
  await phone.page.screenshot({ path: join(folder, "sign-in-phone.png") });
  console.log(`Pictures are in ${folder}`);
} finally {
  await browser.close();
  await hark.stop();
}
