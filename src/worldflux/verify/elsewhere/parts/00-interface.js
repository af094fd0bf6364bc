/*
 * worldflux-verify: checks a WorldFlux evidence package without WorldFlux.
 *
 * A second implementation, written from the published formats and formulas: it shares no line with the Python program.
 * One classic script without dependencies: Node 18 or newer, or any browser with Web Crypto (Ed25519 and P-256).
 * Everything happens on this machine; nothing is sent anywhere.
 *
 * HOW THE PARTS FIT. The files of `parts/` are joined in the order of their numbers, inside one strict-mode function:
 * a top-level name of one part is seen by all others and has to be unique among all parts (the assembler checks it).
 * A part holds declarations only; the last part does the exporting.
 *
 * VALUES. `parseJson` (part 15) returns JSON values whose objects have no prototype: test for a field with
 * `"field" in value`, never with `value.hasOwnProperty`. Integers and floats are both plain numbers; every number is
 * exactly what its text says (the reader refuses all others), so `String(number)` is the shortest decimal form that
 * Python's `repr` gives up to the spelling of exponents.
 *
 * INTERFACE OF THE NUMBERS (parts 50 to 59 define `const WorldfluxNumbers`):
 *
 *   WorldfluxNumbers.recompute({claim, protocol, auditInput, auditInputText, evidence, binding}) -> evidence
 *     `auditInputText`: audit_input.json as it stands; a bootstrap takes its seed from it.
 *     The whole of evidence.json again, as a plain value: id, created_at and render are those of the stored `evidence`;
 *     hashes of claim and protocol are those of the stored evidence too (gate `binding` has compared them with the
 *     files before). `binding`: "bound" | "placeholder", what claim and protocol give. Synchronous, no side effects.
 *
 *   WorldfluxNumbers.cellsOf(lines, auditInput, protocol)
 *       -> {cells, blocks, repeated_starts, episodes}
 *     Counts again from the parsed lines of episode_results.jsonl (an iterable of JSON values that passed the schema),
 *     in the shape that audit_input.json has; `episodes`: how many lines there were. A wrong order of lines or an
 *     episode that stands twice throws `new NumbersError(message)`.
 *
 *   WorldfluxNumbers.compareCells(auditInput, counted) -> [{pointer, stored, recomputed}]
 *     Differences between the stored cells, blocks and repeated starts and those that `cellsOf` counted; pointers into
 *     audit_input.json. An empty list where they agree.
 *
 *   WorldfluxNumbers.compare(stored, recomputed, {episodes}) -> [{pointer, status, stored, recomputed?, reason?}]
 *     One row for every number and verdict of evidence.json and one for every other leaf that differs; status
 *     "recomputed" | "attested" | "mismatch". `episodes`: whether they were counted again;
 *     without them plain counts are "attested".
 *
 *   WorldfluxNumbers.askedFor({claim, protocol, auditInput, evidence})
 *       -> {"stopping.json": value|null, "ppi.json": value|null}
 *     The two members that only a stopping rule or an option of the audit asks for, again as plain values; null where
 *     nobody asked.
 *
 *   WorldfluxNumbers.notRecomputed -> [string]
 *     Sentences: what these parts cannot compute again, for the report's `not_checked`. Empty at best.
 */

/** Raised by the numbers for input that has no meaning; gate `recomputation` reports its message. */
class NumbersError extends Error {}
