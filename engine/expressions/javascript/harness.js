// Runs in each fresh context, before a model's script.
//
// It takes away what reads a clock or draws chance, and gives back a function for the engine alone:
// `harness(what, text)`. Whatever it needs afterwards it has taken before the script can change it.
(function () {
  "use strict";

  const DEEPEST = 100;

  const { apply, construct } = Reflect;
  const describe = Reflect.getOwnPropertyDescriptor;
  const define = Reflect.defineProperty;
  const isArray = Array.isArray;
  const isView = ArrayBuffer.isView;
  const quote = JSON.stringify;
  const parse = JSON.parse;
  const keysOf = Object.keys;
  const { isFinite, isNaN } = Number;
  const asText = String;
  const Boxed = [Number, String, Boolean];
  const indirectEval = globalThis.eval;
  const RealDate = Date;
  const RealError = Error;
  const RealSet = Set;
  const RealMap = Map;
  const uncurry = (method) => (self, ...rest) => apply(method, self, rest);
  const time = uncurry(Date.prototype.getTime);
  const iso = uncurry(Date.prototype.toISOString);
  const push = uncurry(Array.prototype.push);
  const slice = uncurry(String.prototype.slice);
  const eachOfMap = uncurry(Map.prototype.forEach);
  const eachOfSet = uncurry(Set.prototype.forEach);
  const has = (object, name) => describe(object, name) !== undefined;

  function replace(holder, name, value) {
    const old = describe(holder, name);
    define(value, "name", { value: typeof name === "string" ? name : "", configurable: true });
    define(holder, name, {
      value,
      writable: true,
      enumerable: old === undefined ? false : old.enumerable,
      configurable: true,
    });
  }

  // The clock and chance come from the engine.

  let now = null;
  let seed = 1;
  function moment() {
    if (now === null) throw new Error("there is no clock here");
    return now;
  }
  function EngineDate(...args) {
    const parts = args.length ? args : [moment()];
    if (new.target === undefined) return asText(new RealDate(moment()));
    return construct(RealDate, parts, new.target === EngineDate ? RealDate : new.target);
  }
  EngineDate.prototype = RealDate.prototype;
  replace(EngineDate, "now", () => moment());
  replace(EngineDate, "parse", RealDate.parse);
  replace(EngineDate, "UTC", RealDate.UTC);
  replace(RealDate.prototype, "constructor", EngineDate);
  replace(globalThis, "Date", EngineDate);
  define(EngineDate, "name", { value: "Date" });
  define(EngineDate, "length", { value: 7 });
  replace(Math, "random", () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 4294967296;
  });

  const gone = ["Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry", "performance"];
  for (const name of gone) delete globalThis[name];

  // What a script finds.

  let variables = {};
  let facts = null;
  let task = null;
  let assigned = {};
  let assignedLocally = {};
  let before = {};

  class BpmnError extends Error {
    constructor(code, message) {
      super(message === undefined ? "" : asText(message));
      this.code = asText(code);
    }
  }
  define(BpmnError.prototype, "name", { value: "BpmnError" });

  function read(name) {
    if (has(assignedLocally, name)) return assignedLocally[name];
    if (has(assigned, name)) return assigned[name];
    return has(variables, name) ? variables[name] : null;
  }

  function accessors(known, what) {
    const object = {
      getVariable: (name) => read(asText(name)),
      hasVariable: (name) =>
        has(assignedLocally, name) || has(assigned, name) || has(variables, name),
      getVariables: () => ({ ...variables, ...assigned, ...assignedLocally }),
      setVariable: (name, value) => void set(assigned, name, value),
      setVariableLocal: (name, value) => void set(assignedLocally, name, value),
    };
    for (const name of keysOf(known)) {
      object[name] = known[name];
      const getter = "get" + name[0].toUpperCase() + name.slice(1);
      if (!has(object, getter)) object[getter] = () => known[name];
    }
    if (what === "task") object.getExecution = () => globalThis.execution;
    return object;
  }

  function set(target, name, value) {
    define(target, asText(name), {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  function revived(value) {
    if (value === null || typeof value !== "object") return value;
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = revived(value[i]);
      return value;
    }
    const kind = describe(value, "$type");
    if (kind !== undefined) {
      if (kind.value === "integer") return BigInt(value.value);
      if (kind.value === "date and time") return new RealDate(value.value);
      if (kind.value === "document") value = value.value;
    }
    for (const name of keysOf(value)) set(value, name, revived(value[name]));
    return value;
  }

  function begin(text) {
    const given = parse(text);
    now = given.now;
    seed = given.seed;
    variables = revived(given.variables);
    facts = revived(given.facts);
    task = revived(given.task);
    for (const name of keysOf(variables)) set(globalThis, name, variables[name]);
    const tools = { execution: accessors(facts, "execution"), BpmnError, print() {} };
    tools.console = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
    if (task !== null) tools.task = accessors(task, "task");
    for (const name of keysOf(tools)) {
      if (!has(variables, name)) {
        define(globalThis, name, { value: tools[name], writable: true, configurable: true });
      }
    }
    before = {};
    for (const name of keysOf(globalThis)) set(before, name, written(globalThis[name], name, 0, []));
  }

  // Values on their way out: JSON, with the engine's own tags.

  function written(value, place, depth, around) {
    switch (typeof value) {
      case "undefined":
        return "null";
      case "boolean":
        return value ? "true" : "false";
      case "string":
        return quote(value);
      case "bigint":
        return asText(value);
      case "number":
        if (!isFinite(value)) throw new TypeError(place + " is " + value + ", no number");
        return quote(value);
      case "object":
        return value === null ? "null" : writtenObject(value, place, depth, around);
      default:
        throw new TypeError(place + " is a " + typeof value + ", no data");
    }
  }

  function writtenObject(value, place, depth, around) {
    if (depth > DEEPEST) throw new TypeError(place + " is nested too deeply, or contains itself");
    for (let i = 0; i < around.length; i++) {
      if (around[i] === value) throw new TypeError(place + " contains itself");
    }
    const inner = [...around, value];
    if (isArray(value) || isView(value)) {
      let text = "";
      for (let i = 0; i < value.length; i++) {
        text += (i ? "," : "") + written(value[i], place + "[" + i + "]", depth + 1, inner);
      }
      return "[" + text + "]";
    }
    if (value instanceof RealDate) {
      if (isNaN(time(value))) throw new TypeError(place + " is an invalid date");
      return '{"$type":"date and time","value":' + quote(iso(value)) + "}";
    }
    if (value instanceof RealSet) {
      const items = [];
      eachOfSet(value, (item) => push(items, item));
      return written(items, place, depth, around);
    }
    if (value instanceof RealMap) {
      const entries = {};
      eachOfMap(value, (item, name) => set(entries, name, item));
      return written(entries, place, depth, around);
    }
    if (value instanceof Boxed[0] || value instanceof Boxed[1] || value instanceof Boxed[2]) {
      return written(value.valueOf(), place, depth + 1, inner);
    }
    return writtenDocument(value, place, depth, inner);
  }

  function writtenDocument(value, place, depth, around) {
    const names = keysOf(value);
    let text = "";
    for (let i = 0; i < names.length; i++) {
      const item = value[names[i]];
      if (typeof item === "function" || typeof item === "symbol" || item === undefined) continue;
      const path = place + "." + names[i];
      text += (text ? "," : "") + quote(names[i]) + ":" + written(item, path, depth + 1, around);
    }
    text = "{" + text + "}";
    return has(value, "$type") ? '{"$type":"document","value":' + text + "}" : text;
  }

  function all(values, place) {
    let text = "";
    for (const name of keysOf(values)) {
      const item = written(values[name], place + " '" + name + "'", 0, []);
      text += (text ? "," : "") + quote(name) + ":" + item;
    }
    return "{" + text + "}";
  }

  // Globals that the script has made or changed, as far as they are data.
  function changed() {
    let text = "";
    for (const name of keysOf(globalThis)) {
      const value = globalThis[name];
      if (typeof value === "function" || typeof value === "symbol") continue;
      let item;
      try {
        item = written(value, name, 0, []);
      } catch {
        continue;
      }
      if (has(before, name) && before[name] === item) continue;
      text += (text ? "," : "") + quote(name) + ":" + item;
    }
    return "{" + text + "}";
  }

  // What was thrown, as text: made here, where it is still limited.
  function told(error) {
    try {
      if (error instanceof BpmnError) {
        return '{"error":' + quote(error.code) + ',"message":' + quote(asText(error.message)) + "}";
      }
      const stack = error instanceof RealError ? asText(error.stack) : "";
      return '{"thrown":' + quote(asText(error)) + ',"stack":' + quote(stack) + "}";
    } catch {
      return '{"thrown":"something that has no text","stack":""}';
    }
  }

  function run(source) {
    try {
      let value = indirectEval(source);
      if (typeof value === "function") value = undefined;
      return (
        '{"value":' + written(value, "the result", 0, []) +
        ',"assigned":' + all(assigned, "variable") +
        ',"locally":' + all(assignedLocally, "variable") +
        ',"globals":' + changed() + "}"
      );
    } catch (error) {
      return told(error);
    }
  }

  return function harness(what, text) {
    // A text put together from pieces is one piece again before it leaves.
    return what === "begin" ? begin(text) : slice(run(text), 0);
  };
})();
