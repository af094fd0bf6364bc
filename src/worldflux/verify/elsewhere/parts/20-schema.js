/*
 * JSON Schema (draft 2020-12), as much of it as the published schemas use. A keyword that is not known here is refused
 * by the assembler, so that no rule is ever passed over in silence.
 */

/** Published schemas by name, without titles and descriptions. */
const SCHEMAS = "@@SCHEMAS@@";

const SCHEMA_KEYWORDS = Object.freeze({
  type: (rule, value, place) =>
    [].concat(rule).some((kind) => isOfKind(kind, value, place)) || `it has to be of type ${rule}`,
  enum: (rule, value) =>
    rule.includes(value) || `it is none of ${rule.map((choice) => JSON.stringify(choice)).join(", ")}`,
  minimum: (rule, value) => typeof value !== "number" || value >= rule || `it is below ${rule}`,
  maximum: (rule, value) => typeof value !== "number" || value <= rule || `it is above ${rule}`,
  exclusiveMinimum: (rule, value) => typeof value !== "number" || value > rule || `it is not above ${rule}`,
  exclusiveMaximum: (rule, value) => typeof value !== "number" || value < rule || `it is not below ${rule}`,
  minLength: (rule, value) => typeof value !== "string" || codePoints(value) >= rule || `it is shorter than ${rule}`,
  maxLength: (rule, value) => typeof value !== "string" || codePoints(value) <= rule || `it is longer than ${rule}`,
  pattern: (rule, value) => typeof value !== "string" || patternOf(rule).test(value) || `it does not match ${rule}`,
  minItems: (rule, value) => !Array.isArray(value) || value.length >= rule || `it has fewer than ${rule} entries`,
  maxItems: (rule, value) => !Array.isArray(value) || value.length <= rule || `it has more than ${rule} entries`,
  maxProperties: (rule, value) =>
    !isObject(value) || Object.keys(value).length <= rule || `it has more than ${rule} fields`,
  required: (rule, value) => {
    const missing = isObject(value) ? rule.filter((name) => !(name in value)) : [];
    return missing.length === 0 || `the field ${JSON.stringify(missing[0])} is missing`;
  },
});

/** Keywords that say nothing about validity, or that `schemaFaults` follows itself. */
const SCHEMA_STRUCTURE = Object.freeze([
  "$schema",
  "$id",
  "$ref",
  "$defs",
  "title",
  "description",
  "default",
  "properties",
  "additionalProperties",
  "items",
  "prefixItems",
  "anyOf",
]);

const SCHEMA_PATTERNS = new Map();
const MOST_FAULTS = 20;

function patternOf(rule) {
  if (!SCHEMA_PATTERNS.has(rule)) SCHEMA_PATTERNS.set(rule, new RegExp(rule, "u"));
  return SCHEMA_PATTERNS.get(rule);
}

function codePoints(text) {
  return [...text].length;
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Whether a value has a JSON type; its place tells 1 from 1.0. */
function isOfKind(kind, value, place) {
  switch (kind) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value) && !isWrittenAsFloat(place);
    default:
      return typeof value === kind;
  }
}

function isWrittenAsFloat({ container, key }) {
  const keys = container && WRITTEN_AS_FLOAT.get(container);
  return Boolean(keys) && keys.has(key);
}

/**
 * All faults of a value, at most some twenty.
 * @param {*} value
 * @param {string} name name of a published schema
 * @returns {{pointer: string, message: string}[]}
 */
function schemaFaults(value, name) {
  const faults = [];
  collectFaults(value, SCHEMAS[name], { root: SCHEMAS[name], above: null, container: null, key: null }, faults);
  return faults;
}

/** JSON pointer of a place; put together only where something is wrong there. */
function pointerOf(place) {
  return place.above === null ? "" : pointerJoin(pointerOf(place.above), place.key);
}

function placeBelow(above, container, key) {
  return { root: above.root, above, container, key };
}

function collectFaults(value, schema, place, faults) {
  if (faults.length >= MOST_FAULTS) return;
  for (const keyword in schema) {
    const check = SCHEMA_KEYWORDS[keyword];
    const outcome = check ? check(schema[keyword], value, place) : true;
    if (outcome !== true) faults.push({ pointer: pointerOf(place), message: outcome });
  }
  if (schema.$ref) collectFaults(value, place.root.$defs[schema.$ref.split("/").pop()], place, faults);
  if (schema.anyOf) alternativeFaults(value, schema, place, faults);
  if (Array.isArray(value)) entryFaults(value, schema, place, faults);
  else if (isObject(value)) fieldFaults(value, schema, place, faults);
}

function alternativeFaults(value, schema, place, faults) {
  const attempts = schema.anyOf.map((alternative) => {
    const found = [];
    collectFaults(value, alternative, place, found);
    return found;
  });
  if (attempts.every((found) => found.length > 0)) {
    // The alternative that failed deepest is the one that was meant.
    faults.push(...attempts.reduce((best, found) => (found[0].pointer.length > best[0].pointer.length ? found : best)));
  }
}

function entryFaults(value, schema, place, faults) {
  const first = schema.prefixItems || [];
  value.forEach((entry, index) => {
    const rule = index < first.length ? first[index] : schema.items;
    const below = placeBelow(place, value, index);
    if (rule === false) faults.push({ pointer: pointerOf(below), message: "there are too many entries" });
    else if (rule) collectFaults(entry, rule, below, faults);
  });
}

function fieldFaults(value, schema, place, faults) {
  const known = schema.properties || {};
  for (const key in value) {
    const rule = Object.hasOwn(known, key) ? known[key] : schema.additionalProperties;
    const below = placeBelow(place, value, key);
    if (rule === false) faults.push({ pointer: pointerOf(below), message: `unknown field ${JSON.stringify(key)}` });
    else if (isObject(rule)) collectFaults(value[key], rule, below, faults);
  }
}
