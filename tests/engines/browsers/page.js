"use strict";

// Runs the table step by step: hands in what was seen of the last step and gets the next. Opened
// in a frame, it does the steps that its parent sends, as a page of the opaque origin.

async function main() {
  const id = `${Math.random()}`;
  let seen = null;
  for (;;) {
    const next = await turn({ id, page: location.origin, seen });
    switch (next.do) {
      case "open":
        location.href = next.url;
        return;
      case "end":
        document.title = "done";
        return;
      default:
        seen = next.opaque ? await inFrame(next) : await run(next);
    }
  }
}

async function turn(report) {
  const body = JSON.stringify(report);
  const response = await fetch("/.harness/turn", { method: "POST", cache: "no-store", body });
  return response.json();
}

async function run(step) {
  try {
    switch (step.do) {
      case "fetch":
        return await outcome(step.url, step.options);
      case "wait_ms":
        await new Promise((resolve) => setTimeout(resolve, step.value));
        return { promise: "resolves" };
      case "document.cookie":
        document.cookie = step.value;
        return { promise: "resolves" };
      default:
        throw new Error(`the page does not know the step ${step.do}`);
    }
  } catch (error) {
    return { promise: `rejects (${error.name})`, why: error.message };
  }
}

// Rejects as fetch() does; what goes wrong with the body goes with what the response was.
async function outcome(url, options) {
  const response = await fetch(url, options);
  return {
    promise: "resolves",
    status: response.status,
    type: response.type,
    redirected: response.redirected,
    headers: [...response.headers].map(([name]) => name.toLowerCase()),
    body: await response.text().catch((error) => `(no body: ${error})`),
  };
}

// One frame for all steps of a scenario: the next scenario is for a new one.
let frame = null;
async function inFrame(step) {
  if (frame?.scenario !== step.scenario) {
    frame?.element.remove();
    frame = { scenario: step.scenario, element: await openFrame() };
  }
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  frame.element.contentWindow.postMessage(step, "*", [port2]);
  return answer;
}

async function openFrame() {
  const element = document.createElement("iframe");
  element.sandbox = "allow-scripts";
  element.src = "/.harness/page";
  const loaded = new Promise((resolve) => (element.onload = resolve));
  document.body.append(element);
  await loaded;
  return element;
}

if (window === window.top) {
  main();
} else {
  addEventListener("message", async ({ data, ports }) => ports[0].postMessage(await run(data)));
}
