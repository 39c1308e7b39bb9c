// Drives a headless Chromium without JavaScript, as told on standard input: one JSON array a line, a verb and its
// arguments; one JSON object comes back for each. Elements are found as a person finds them, by role and name.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [chrome] = process.argv.slice(2);
const peer = createRequire(`${process.env.PEER_PACKAGES}/`).resolve("puppeteer-core");
const { default: puppeteer } = await import(peer);

const browser = await puppeteer.launch({
  executablePath: chrome,
  headless: "shell",
  args: ["--no-sandbox", "--no-proxy-server"],
  defaultViewport: { width: 1280, height: 900 },
});
const page = await browser.newPage();
await page.setJavaScriptEnabled(false);
page.setDefaultTimeout(20_000);
const complaints = [];
page.on("console", (message) => complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));

const find = (role, name) => page.waitForSelector(`::-p-aria([name="${name.replaceAll('"', '\\"')}"][role="${role}"])`);
const follow = async (element) => {
  await Promise.all([page.waitForNavigation(), element.click()]);
};

const verbs = {
  go: (url) => page.goto(url),
  link: async (name) => follow(await find("link", name)),
  button: async (name) => follow(await find("button", name)),
  enter: async (name) => {
    await Promise.all([page.waitForNavigation(), (await find("textbox", name)).press("Enter")]);
  },
  fill: async (name, text) => {
    const field = await find("textbox", name);
    await field.click({ count: 3 });
    await field.type(text);
  },
  tick: async (name) => (await find("checkbox", name)).click(),
  choose: async (name) => (await find("radio", name)).click(),
  select: async (name, value) => (await find("combobox", name)).select(value),
  shot: (path) => page.screenshot({ path, fullPage: true }),
  width: (width) => page.setViewport({ width, height: 900 }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...args] = JSON.parse(line);
  let error = "";
  try {
    await verbs[verb](...args);
  } catch (problem) {
    error = String(problem);
  }
  const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth);
  const said = await page.evaluate(() => document.querySelector("main")?.innerText ?? "");
  const title = await page.title();
  process.stdout.write(`${JSON.stringify({ error, title, said, overflow, url: page.url(), complaints: complaints.splice(0) })}\n`);
}
await browser.close();
