// Drives a headless Chromium without JavaScript, as told on standard input: one JSON array a line, a verb and its
// arguments; one JSON object comes back for each. Elements are found as a person finds them, by role and name.
//   node browser.mjs MODULES CHROME
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [modules, chrome] = process.argv.slice(2);
const { default: puppeteer } = await import(createRequire(`${modules}/`).resolve('puppeteer-core'));

const browser = await puppeteer.launch({
  executablePath: chrome,
  headless: 'shell',
  args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--proxy-server=direct://'],
  defaultViewport: { width: 1280, height: 900 },
});
const page = await browser.newPage();
await page.setJavaScriptEnabled(false);
page.setDefaultTimeout(20_000);
const complaints = [];
page.on('console', (message) => complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));

const found = async (role, name) => {
  const quoted = name.replaceAll('"', '\\"');
  const element = await page.waitForSelector(`::-p-aria([name="${quoted}"][role="${role}"])`);
  if (!element) throw new Error(`no ${role} ${name}`);
  return element;
};
const follow = async (element) => {
  await Promise.all([page.waitForNavigation(), element.click()]);
};

const verbs = {
  go: (url) => page.goto(url),
  link: async (name) => follow(await found('link', name)),
  button: async (name) => follow(await found('button', name)),
  fill: async (name, text) => {
    const field = await found('textbox', name);
    await field.click({ count: 3 });
    await field.type(text);
  },
  tick: async (name) => (await found('checkbox', name)).click(),
  choose: async (name) => (await found('radio', name)).click(),
  select: async (name, value) => (await found('combobox', name)).select(value),
  shot: (path) => page.screenshot({ path, fullPage: true }),
  narrow: (width) => page.setViewport({ width, height: 900 }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...args] = JSON.parse(line);
  let error = '';
  try {
    await verbs[verb](...args);
  } catch (problem) {
    error = String(problem);
  }
  const state = { error, url: page.url(), html: await page.content(), complaints: complaints.splice(0) };
  process.stdout.write(`${JSON.stringify(state)}\n`);
}
await browser.close();
