// The variables that FEEL fields complete: what the engine knows of the process, and what the panel
// reads off the drawing itself while the engine has not been asked yet.
import { getVariablesForElement } from "@bpmn-io/extract-process-variables/zeebe";

let known = [];

// The elements in which an element stands, itself first.
function around(element) {
  const found = new Set();
  for (let at = element; at; at = at.$parent) if (at.id) found.add(at.id);
  return found;
}

class VariableResolver {
  async getVariablesForElement(element) {
    const scopes = around(element);
    const seen = known.filter(({ scope }) => !scope || scopes.has(scope));
    const names = new Set(seen.map(({ name }) => name));
    const drawn = await Promise.resolve(getVariablesForElement(element)).catch(() => []);
    return [...seen, ...drawn.filter(({ name }) => !names.has(name))];
  }
}

export const Variables = {
  __init__: ["variableResolver"],
  variableResolver: ["type", VariableResolver],
};

export function hear(variables) {
  known = variables;
}
