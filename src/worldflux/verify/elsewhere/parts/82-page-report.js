/* The report as the page shows it, the conclusion first. */

const PAGE_ROWS = 400;
const STATUS_ORDER = Object.freeze(["mismatch", "attested", "recomputed"]);
const STATUS_SIGNS = Object.freeze({ pass: "✓", fail: "✕", skipped: "–" });
const CONCLUSIONS = Object.freeze({
  verified: ["Verified", "The bytes are the signed ones, the signer is one that you trust, and the numbers follow."],
  unknown: [
    "Sound, signer unknown",
    "The bytes are the signed ones and the numbers follow. Whose key signed them, nobody here knows.",
  ],
  refused: ["Refused", "Do not rely on this package."],
});

/** Make an element; `text` is set as text. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  const { text, ...others } = attributes;
  for (const [name, value] of Object.entries(others)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function problemElement(error) {
  const known = error instanceof TrustFailure || error instanceof UsageFailure;
  const reason = known
    ? error.message
    : `The verifier itself failed (${error.message}). Nothing is said about the package.`;
  return element(
    "section",
    { class: "conclusion refused" },
    element("h2", { tabindex: "-1", text: "Cannot verify" }),
    element("p", { text: reason }),
  );
}

/** The report: what it comes to, who signed, what the gates say, every number, and what nobody checked. */
function reportElements(report, name) {
  return [
    conclusionElement(report, name),
    ...(report.package ? [packageElement(report)] : []),
    signerElement(report),
    gatesElement(report.gates),
    ...(report.numbers.length > 0 ? [numbersElement(report)] : []),
    ...(report.reviews.length > 0 ? [reviewsElement(report.reviews)] : []),
    listElement("Not checked", report.not_checked),
  ];
}

function conclusionElement(report, name) {
  const kind = report.ok ? "verified" : report.exit_code === UNKNOWN_SIGNER ? "unknown" : "refused";
  const [title, sentence] = CONCLUSIONS[kind];
  const failed = report.gates.find((gate) => gate.status === "fail");
  const reasons = failed
    ? [
        element("p", {}, element("strong", { text: `Failed at: ${failed.name}` })),
        element("p", { class: "reason", text: visibleBlock(failed.detail) }),
        ...(failed.next ? [element("p", { text: failed.next })] : []),
      ]
    : [];
  return element(
    "section",
    { class: `conclusion ${kind}`, "data-exit-code": String(report.exit_code), "data-of": name },
    element("h2", { tabindex: "-1", text: title }),
    ...reasons,
    ...(failed ? [] : [element("p", { text: sentence + attestedSentence(report.counts) })]),
    element("p", {
      class: "quiet",
      text: `${visibleText(name)}: exit code ${report.exit_code}${failed ? `, ${failed.code}` : ""}`,
    }),
  );
}

function attestedSentence({ attested }) {
  return attested > 0
    ? ` ${counted(attested)} counts are the author's word: the episodes behind them are withheld.`
    : "";
}

function visibleBlock(text) {
  return text.split("\n").map(visibleText).join("\n");
}

/** What the package says of itself; where it was refused, nothing of it is shown as if it held. */
function packageElement({ package: shown, ok, exit_code: exitCode }) {
  const holds = ok || exitCode === UNKNOWN_SIGNER;
  const episodes =
    shown.level === "episodes" ? "counted again from every episode" : "computed from counts; episodes withheld";
  return element(
    "section",
    {},
    element("h3", { text: holds ? "What it says" : "What the refused package says" }),
    element("p", { class: `verdict ${holds ? shown.verdict : ""}`, text: inWords(shown.verdict) }),
    element("p", { class: "headline", text: visibleText(shown.headline) }),
    factsElement([
      ["package", shown.manifest.replace("sha256:", "")],
      ["evidence", shown.evidence_id],
      ["claim", shown.claim_id],
      [
        "claim and protocol",
        shown.binding === "bound" ? "bound by hash" : "not bound: the protocol holds a placeholder",
      ],
      ["plan older than the run", inWords(shown.precedence)],
      ...(holds ? [["numbers", episodes]] : []),
      ...(shown.withheld.length > 0 ? [["withheld", shown.withheld.join(", ")]] : []),
    ]),
  );
}

function factsElement(rows) {
  return element(
    "dl",
    {},
    ...rows.flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", /^[0-9a-f]{64}$/.test(value) ? { class: "digest" } : { text: value }, ...digestGroups(value)),
    ]),
  );
}

/** A digest in groups of eight, which people can compare; a text is left to the caller. */
function digestGroups(value) {
  if (!/^[0-9a-f]{64}$/.test(value)) return [];
  return value.match(/.{8}/g).flatMap((group) => [element("span", { text: group }), document.createElement("wbr")]);
}

function signerElement({ signers }) {
  const known = signers.map((signer) =>
    factsElement([
      ["signer", signer.trust === "policy" ? visibleText(signer.label) : "not in a trust file that you gave"],
      ["key", signer.keyid],
      ["algorithm", signer.algorithm],
      ["signed, by the signer's clock", signer.signed_at_claimed],
    ]),
  );
  return element(
    "section",
    {},
    element("h3", { text: "Who signed" }),
    ...(known.length > 0 ? known : [element("p", { text: "No signature of a key was verified." })]),
  );
}

function gatesElement(gates) {
  return element(
    "section",
    {},
    element("h3", { text: "Gates" }),
    element(
      "ol",
      { class: "gates" },
      ...gates.map((gate) =>
        element(
          "li",
          { class: gate.status },
          element("span", { class: "sign", "aria-hidden": "true", text: STATUS_SIGNS[gate.status] }),
          element(
            "div",
            {},
            element(
              "p",
              {},
              element("strong", { text: gate.name }),
              element("span", { class: "status", text: ` ${gate.status}` }),
            ),
            element("p", { class: "detail", text: visibleBlock(gate.detail) }),
          ),
        ),
      ),
    ),
  );
}

function numbersElement({ numbers, counts }) {
  const rows = [...numbers].sort((left, right) => rankOf(left) - rankOf(right));
  const body = element("tbody", {}, ...rows.slice(0, PAGE_ROWS).map(numberRow));
  const more = rows.slice(PAGE_ROWS);
  return element(
    "section",
    {},
    element("h3", { text: "Numbers" }),
    element(
      "p",
      { class: "counts" },
      ...STATUS_ORDER.map((status) =>
        element("span", {
          class: `chip ${counts[status] > 0 ? status : "none"}`,
          text: `${counted(counts[status])} ${status}`,
        }),
      ),
    ),
    element("p", {
      class: "quiet",
      text:
        "recomputed: this page computed it again and found the same. " +
        "attested: the author's count; its episodes are not here. mismatch: it does not follow.",
    }),
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "All numbers" },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...["number", "stored", "recomputed", "status"].map((title) =>
              element("th", { scope: "col", text: title }),
            ),
          ),
        ),
        body,
      ),
    ),
    ...(more.length > 0 ? [moreButton(body, more)] : []),
  );
}

/** What does not follow stands first; readings that only inform stand last. */
function rankOf({ status, pointer }) {
  return 2 * STATUS_ORDER.indexOf(status) + (pointer.includes("/sensitivity/") ? 1 : 0);
}

function numberRow(row) {
  const again = row.reason || ("recomputed" in row ? shownValue(row.recomputed) : "");
  return element(
    "tr",
    { class: row.status },
    element("td", { class: "pointer", text: visibleText(row.pointer) }),
    element("td", { class: "value", text: visibleText(shownValue(row.stored)) }),
    element("td", { class: "value", text: again === "" ? "" : visibleText(again) }),
    element("td", { text: row.status }),
  );
}

function moreButton(body, rows) {
  const button = element("button", { type: "button", text: `Show ${counted(rows.length)} more` });
  button.addEventListener("click", () => {
    body.append(...rows.map(numberRow));
    button.remove();
  });
  return button;
}

function reviewsElement(reviews) {
  return element(
    "section",
    {},
    element("h3", { text: "Reviews" }),
    ...reviews.map((review) =>
      factsElement(
        review.good
          ? [
              ["decision", inWords(review.decision)],
              ["note", visibleBlock(review.note)],
              [
                "reviewer",
                review.signer.trust === "policy"
                  ? visibleText(review.signer.label)
                  : "not in a trust file that you gave",
              ],
              ["key", review.signer.keyid],
            ]
          : [
              ["file", visibleText(review.file)],
              ["not counted", visibleBlock(review.problem)],
            ],
      ),
    ),
  );
}

function listElement(title, lines) {
  return element(
    "section",
    {},
    element("h3", { text: title }),
    element("ul", {}, ...lines.map((line) => element("li", { text: visibleText(line) }))),
  );
}
