"use strict";

const [terms, scenarios, readings] = ["terms", "scenarios", "readings"].map(id => JSON.parse(document.getElementById(id).textContent));
const byId = new Map(scenarios.map(scenario => [scenario.id, scenario]));
const form = document.getElementById("filters"), main = document.getElementById("main"), count = document.getElementById("count");
const types = Object.keys(terms.defeat_type), kinds = ["legitimate", "contested", "defeated", "hazard"];
const FILTERS = ["q", "authority", "type", "legitimacy"];
let found = [], telling = 0, shown = null, address = null;

// Elements are made with text, never with markup, so no text of the data can act.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children.flat(9).filter(child => child !== null && child !== ""));
  return element;
}

const title = (vocabulary, value) => terms[vocabulary][value]?.title ?? value;
const kindOf = version => version.arm === "core" ? version.legitimacy : version.arm;
const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

function link(changes) {
  const wanted = Object.entries({...state(), ...changes}).filter(([, value]) => value);
  return "#" + new URLSearchParams(wanted);
}

// Offsets count code points, as Python does.
function told(scenario, name) {
  const {control, texts} = scenario.versions[name];
  if (control === null) return {points: Array.from(texts[telling]), mark: null};
  const [start, length, text] = texts[telling], passage = Array.from(text), base = told(scenario, control).points;
  return {points: [...base.slice(0, start), ...passage, ...base.slice(start + length)], mark: [start, start + passage.length]};
}

function prompt(scenario, name, twinOf) {
  let {points, mark} = told(scenario, name);
  if (twinOf) {
    const [start, length] = scenario.versions[twinOf].texts[telling];
    mark = [start, start + length];
  }
  const cut = (from, to) => points.slice(from, to).join("");
  return make("p", {class: "prompt"}, mark ? [cut(0, mark[0]), make("mark", {}, cut(...mark)), cut(mark[1])] : cut(0));
}

function list(heading, points) {
  return points.length ? [make("span", {class: "quiet"}, heading), make("ul", {}, points.map(point => make("li", {}, point)))] : [];
}

function readingsOf(id) {
  const made = (readings.of[id] ?? []).map(([number, ...values]) => ({telling: number, ...Object.fromEntries(readings.columns.slice(1).map((key, index) => [key, values[index]]))}));
  if (!made.length) return make("p", {class: "quiet"}, "Not read.");
  const current = made.filter(one => one.current), agree = current.filter(one => one.matches).length;
  return make("details", {class: "readings"},
    make("summary", {}, `Readings: ${agree} of ${current.length} agree` + (made.length > current.length ? `, ${made.length - current.length} of an earlier wording` : "")),
    make("ul", {}, made.map(one => make("li", {},
      make("strong", {}, {yes: "has a claim", split: "people split", no: "has no claim"}[one.claim]),
      ` (certainty ${one.certainty}, realism ${one.realism}, telling ${one.telling + 1}, ${one.reader}${one.hazard ? ", calls it dangerous" : ""}${one.current ? "" : ", earlier wording"})`,
      one.quote ? [" ", make("q", {}, one.quote)] : ""))));
}

function column(scenario, name, twinOf) {
  const version = scenario.versions[name], kind = kindOf(version);
  return make("section", {class: `version ${kind}`, "data-version": name},
    make("h4", {}, `${title("legitimacy", version.legitimacy)}${kind === "hazard" ? ", unacceptable means" : ""} → ${version.gold_action}`),
    prompt(scenario, name, twinOf),
    version.because ? make("p", {}, make("span", {class: "quiet"}, "Because: "), version.because) : "",
    kind === "defeated" ? list("Also helps here", version.help) : "",
    kind === "hazard" ? "" : readingsOf(`${scenario.id}/${name}`));
}

function defeats(scenario) {
  const groups = new Map();
  for (const [name, version] of Object.entries(scenario.versions)) {
    if (version.defeat_type !== "none") groups.set(version.defeat_subtype, [...groups.get(version.defeat_subtype) ?? [], name]);
  }
  return [...groups].map(([subtype, names]) => ({subtype, type: scenario.versions[names[0]].defeat_type, slot: scenario.versions[names[0]].changed_slot,
    names: [scenario.versions[names[0]].control, ...names]}));
}

function showScenario(scenario) {
  const {type, legitimacy} = state(), whole = defeats(scenario), wanted = whole.filter(one => !type || one.type === type);
  const blocks = wanted.map(defeat => make("section", {class: "defeat"},
    make("h3", {}, `${title("defeat_type", defeat.type)}: ${title("defeat_subtype", defeat.subtype).toLowerCase()}`, " ", make("small", {}, `${terms.defeat_subtype[defeat.subtype].meaning} Changes the slot ${defeat.slot}.`)),
    make("div", {class: "versions"}, defeat.names.filter(name => !legitimacy || kindOf(scenario.versions[name]) === legitimacy)
      .map(name => column(scenario, name, scenario.versions[name].control === null ? defeat.names[1] : null)))));
  const count = Math.max(...Object.values(scenario.versions).map(version => version.texts.length));
  const tellings = make("fieldset", {}, make("legend", {class: "quiet"}, "Telling"), Array.from({length: count}, (_, index) =>
    make("label", {}, make("input", {type: "radio", name: "telling", value: index, checked: index === telling}), String(index + 1))));
  tellings.addEventListener("change", event => {
    telling = Number(event.target.value);
    showScenario(scenario);
    main.querySelector("input:checked").focus();
  });
  const hidden = whole.length - wanted.length, place = found.indexOf(scenario);
  const step = (offset, text) => found[place + offset] ? make("a", {href: link({scenario: found[place + offset].id}), rel: offset > 0 ? "next" : "prev"}, text) : "";
  main.replaceChildren(
    make("p", {class: "bar"}, make("a", {href: link({scenario: ""})}, "Overview"), step(-1, "Previous"), step(1, "Next")),
    make("h2", {tabindex: "-1"}, scenario.rule), make("p", {}, scenario.request),
    make("div", {class: "bar"}, tellings, make("span", {class: "quiet"}, `${title("authority", scenario.authority)}, ${scenario.split} split, `, make("code", {}, scenario.id))),
    hidden ? make("p", {}, `${hidden} other ${hidden > 1 ? "defeats are" : "defeat is"} hidden by the filter. `, make("a", {href: link({type: ""})}, "Show all")) : "",
    ...blocks,
    make("div", {class: "points"},
      make("div", {}, list("Helps where the rule is defeated", scenario.help)), make("div", {}, list("In-bounds alternatives where it stands", scenario.alternatives)),
      make("dl", {}, Object.entries(terms.columns).map(([name, meaning]) => [make("dt", {title: meaning}, name.replaceAll("_", " ")), make("dd", {title: terms[name]?.[scenario[name]]?.meaning ?? null}, name === "region" ? region(scenario[name]) : title(name, scenario[name]))]))));
}

function region(code) {
  return code === "XX" ? "unplaced" : new Intl.DisplayNames(["en"], {type: "region"}).of(code);
}

function showOverview() {
  const {authority, type} = state(), cells = new Map();
  for (const scenario of scenarios) for (const defeat of defeats(scenario)) {
    const key = `${scenario.authority} ${defeat.type}`;
    cells.set(key, (cells.get(key) ?? 0) + 1);
  }
  const most = Math.max(1, ...cells.values()), filled = cells.size, all = Object.keys(terms.authority).length * types.length;
  const table = make("table", {class: "matrix"},
    make("thead", {}, make("tr", {}, make("td", {}), types.map(one => make("th", {scope: "col", title: terms.defeat_type[one].meaning}, title("defeat_type", one))))),
    Object.entries(terms.authority_group).map(([group, {title: name, meaning}]) => make("tbody", {},
      make("tr", {class: "group"}, make("th", {scope: "rowgroup", colspan: types.length + 1, title: meaning}, name)),
      Object.values(terms.authority).filter(one => one.group === group).map(one => make("tr", {},
        make("th", {scope: "row", title: one.meaning}, one.title),
        types.map(kind => {
          const number = cells.get(`${one.value} ${kind}`) ?? 0, share = number / most;
          return make("td", {}, make("button", {type: "button", tabindex: "-1", class: number === 0 ? "none" : share < .5 ? "few" : share < .8 ? "some" : "many", "data-authority": one.value, "data-type": kind,
            "aria-pressed": String(authority === one.value && type === kind), "aria-label": `${one.title}, ${title("defeat_type", kind)}: ${number}`}, String(number)));
        }))))));
  const buttons = [...table.querySelectorAll("button")];
  (table.querySelector("[aria-pressed=true]") ?? buttons[0]).tabIndex = 0;
  table.addEventListener("click", event => {
    if (!event.target.dataset.type) return;
    location.hash = link({authority: event.target.dataset.authority, type: event.target.dataset.type, q: "", legitimacy: ""});
    go();
    count.focus();
    count.scrollIntoView({block: "nearest"});
  });
  table.addEventListener("keydown", event => {
    const move = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: types.length, ArrowUp: -types.length}[event.key], next = buttons[buttons.indexOf(event.target) + move];
    if (!move || !next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  main.replaceChildren(make("h2", {tabindex: "-1"}, "Coverage"),
    make("p", {class: "quiet"}, `Defeats per authority and defeat type; ${filled} of ${all} cells are filled. A cell lists its scenarios; arrow keys move.`), table);
}

function haystack(scenario) {
  scenario.words ??= JSON.stringify([scenario, Object.keys(scenario.versions).map(name => readings.of[`${scenario.id}/${name}`])]).toLowerCase();
  return scenario.words;
}

function matches(scenario, {q, authority, type, legitimacy}) {
  return (!authority || scenario.authority === authority)
    && Object.values(scenario.versions).some(version => (!type || version.defeat_type === type) && (!legitimacy || type && legitimacy === "legitimate" || kindOf(version) === legitimacy))
    && (q ?? "").toLowerCase().split(/\s+/).every(word => haystack(scenario).includes(word));
}

// The address holds the whole state, so it can be kept and sent, and "back" works.
function go() {
  if (address === location.hash) return;
  address = location.hash;
  const now = state(), scenario = byId.get(now.scenario);
  for (const name of FILTERS) if (form.elements[name].value !== (now[name] ?? "")) form.elements[name].value = now[name] ?? "";
  found = scenarios.filter(one => matches(one, now));
  count.textContent = `${found.length} of ${scenarios.length} scenarios`;
  document.querySelector("#list ol").replaceChildren(...found.map(one => make("li", {}, make("a", {href: link({scenario: one.id}), "aria-current": one === scenario && "true"},
    one.rule, make("small", {}, [title("authority", one.authority), ...defeats(one).map(defeat => title("defeat_type", defeat.type).toLowerCase())].join(", "))))));
  document.documentElement.dataset.filtered = String(FILTERS.some(name => now[name]));
  document.documentElement.dataset.view = scenario ? "scenario" : "overview";
  if (scenario) showScenario(scenario);
  else showOverview();
  if (shown !== null && shown !== (scenario?.id ?? "")) {
    main.querySelector("h2").focus({preventScroll: true});
    document.querySelector("#list [aria-current]")?.scrollIntoView({block: "center"});
    scrollTo(0, 0);
  }
  shown = scenario?.id ?? "";
}

function fill(name, entries) {
  form.elements[name].append(...entries.map(([value, text]) => make("option", {value}, text)));
}

for (const [group, {title: name}] of Object.entries(terms.authority_group)) {
  form.elements.authority.append(make("optgroup", {label: name}, Object.values(terms.authority).filter(one => one.group === group).map(one => make("option", {value: one.value}, one.title))));
}
fill("type", types.map(type => [type, title("defeat_type", type)]));
fill("legitimacy", kinds.map(kind => [kind, kind === "hazard" ? "Hazard: unacceptable means" : title("legitimacy", kind)]));
form.addEventListener("submit", event => event.preventDefault());
function narrow(valueOf) {
  location.replace(link(Object.fromEntries(FILTERS.map(name => [name, valueOf(name)]))));
  go();
}

form.addEventListener("input", () => narrow(name => form.elements[name].value));
form.addEventListener("reset", event => {
  event.preventDefault();
  narrow(() => "");
});
addEventListener("hashchange", go);
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|SELECT)$/.test(event.target.tagName) && event.target.type !== "radio") return;
  if (event.key === "Escape") location.hash = link({scenario: ""});
  const place = found.indexOf(byId.get(state().scenario)), next = {j: found[place + 1], k: found[place - 1]}[event.key];
  if (next) location.hash = link({scenario: next.id});
  if (event.key === "/") {
    event.preventDefault();
    form.elements.q.focus();
  }
});
go();
