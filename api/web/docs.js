"use strict";
// Shows openapi.json and sends requests; fetches nothing from elsewhere, so it works without the Internet.

const make = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// What stands between back-ticks is code.
const prose = (tag, text) => make(tag, {}, ...text.split("`").map((part, at) => (at % 2 ? make("code", { textContent: part }) : part)));

const firstSentence = text => text.trim().split(/(?<=[.:;?])\s/)[0].replace(/[:;]$/, ".");

const field = parameter => {
  const schema = parameter.schema ?? {};
  const kinds = [schema, ...(schema.anyOf ?? [])];
  const known = kinds.map(kind => kind.enum).find(Boolean);
  const input = known
    ? make("select", {}, make("option"), ...known.map(value => make("option", { textContent: value })))
    : make("input", { placeholder: String(parameter.example ?? schema.default ?? schema.examples?.[0] ?? "") });
  input.name = parameter.name;
  const name = make("code", { textContent: parameter.name + (parameter.required ? " *" : "") });
  const about = prose("small", [parameter.in, parameter.description].filter(Boolean).join(": "));
  return { input, place: parameter.in, label: make("label", {}, name, input, about) };
};

const bodyOf = operation => {
  const examples = operation.requestBody?.content["application/json"]?.examples;
  if (!examples) return null;
  const shown = value => JSON.stringify(value, null, 2);
  const text = make("textarea", { value: shown(Object.values(examples)[0].value), spellcheck: false });
  const options = Object.entries(examples).map(([name, each]) =>
    make("option", { value: name, textContent: each.summary }));
  const choice = make("select", { onchange: () => { text.value = shown(examples[choice.value].value); } }, ...options);
  return { text, element: make("div", {}, make("p", {}, "Example: ", choice), text) };
};

let root = ""; // what a proxy puts before every path

const send = async (method, path, fields, body) => {
  const query = new URLSearchParams(), headers = {};
  for (const { input, place } of fields) {
    if (place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value && place === "query") query.set(input.name, input.value);
    else if (input.value && place === "header") headers[input.name] = input.value;
  }
  if (body) headers["Content-Type"] = "application/json";
  return fetch(root + path + (query.size ? `?${query}` : ""), { method: method.toUpperCase(), headers, body: body?.text.value });
};

const tell = async (answer, into) => {
  const kind = answer.headers.get("content-type") ?? "";
  const head = [`${answer.status} ${answer.statusText}`, ...[...answer.headers].map(pair => pair.join(": "))].join("\n");
  if (kind.includes("json")) return into.append(`${head}\n\n${JSON.stringify(await answer.json(), null, 2)}`);
  const file = await answer.blob();
  into.append(`${head}\n\n`);
  if (!file.size) return;
  const src = URL.createObjectURL(file);
  into.append(kind.startsWith("image/") ? make("img", { src })
    : make("a", { href: src, download: "", textContent: `save ${file.size} bytes` }));
};

const route = (method, path, operation) => {
  const fields = (operation.parameters ?? []).map(field), body = bodyOf(operation), answered = make("pre");
  const button = make("button", { textContent: "Send", onclick: async () => {
    answered.replaceChildren();
    try { await tell(await send(method, path.replace(":path}", "}"), fields, body), answered); }
    catch (wrong) { answered.append(String(wrong)); }
  } });
  const parts = [prose("p", operation.description ?? ""), ...fields.map(each => each.label)];
  if (body) parts.push(body.element);
  const title = make("summary", {}, make("b", { textContent: method.toUpperCase() }), make("code", { textContent: path }), prose("small", firstSentence(operation.description ?? "")));
  return make("details", {}, title, make("div", {}, ...parts, button, answered));
};

const show = api => {
  root = api.servers?.[0]?.url ?? "";
  const main = document.querySelector("main"), sections = new Map();
  main.replaceChildren(make("h1", { textContent: `${api.info.title} ` }, make("small", { textContent: api.info.version })));
  main.append(...api.info.description.trim().split("\n\n").map(text => prose("p", text)));
  main.append(make("p", {}, "For programs: ", make("a", { href: "openapi.json", textContent: "openapi.json" })));
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "rest";
      if (!sections.has(tag)) sections.set(tag, make("section", {}, make("h2", { textContent: tag })));
      sections.get(tag).append(route(method, path, operation));
    }
  main.append(...sections.values());
};

fetch("openapi.json").then(answer => answer.json()).then(show)
  .catch(wrong => document.querySelector("main").replaceChildren(String(wrong)));
