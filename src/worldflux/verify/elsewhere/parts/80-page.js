/* The page: drop a package, read what became of it. Whatever comes from a package is set as text, never as markup. */

/** Connect the page's controls. */
function startPage(root) {
  const page = new Page(root);
  for (const id of ["package-file", "package-folder"]) {
    page.control(id).addEventListener("click", (event) => {
      event.target.value = "";
    }); // so the same one can come again
    page.control(id).addEventListener("change", (event) => page.take([...event.target.files]));
  }
  page.control("trust-file").addEventListener("change", () => page.again());
  page.control("profile").addEventListener("change", () => page.again());
  connectDropping(root, page);
}

function connectDropping(root, page) {
  const target = page.control("drop");
  const within = (is) => target.classList.toggle("over", is);
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    within(true);
  });
  root.addEventListener("dragleave", () => within(false));
  root.addEventListener("drop", async (event) => {
    event.preventDefault();
    within(false);
    page.take(await droppedFiles(event.dataTransfer));
  });
}

/** Files that were dropped; a folder with all that lies in it. */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (entries.length !== 1 || !entries[0].isDirectory) return [...transfer.files];
  return filesBelow(entries[0], `${entries[0].name}/`);
}

async function filesBelow(folder, path) {
  const reader = folder.createReader();
  const next = () =>
    new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
  const files = [];
  for (let entries = await next(); entries.length > 0; entries = await next()) {
    for (const entry of entries) {
      if (entry.isDirectory) files.push(...(await filesBelow(entry, `${path}${entry.name}/`)));
      else files.push(await fileOf(entry, path + entry.name));
    }
  }
  return files;
}

function fileOf(entry, path) {
  return new Promise((resolve, reject) => {
    entry.file((file) => resolve({ path, name: file.name, arrayBuffer: () => file.arrayBuffer() }), reject);
  });
}

class Page {
  constructor(root) {
    this.root = root;
    this.chosen = [];
    this.run = 0;
  }

  control(id) {
    return this.root.querySelector(`#${id}`);
  }

  take(files) {
    if (files.length === 0) return;
    this.chosen = files;
    this.again();
  }

  /** Verify what was chosen, with the trust file and profile that stand there now. */
  async again() {
    if (this.chosen.length === 0) return;
    this.run += 1;
    const run = this.run;
    this.show(element("p", { class: "working", role: "status", text: "Checking every byte and every number…" }));
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    }); // lets the page paint before the work begins
    const elements = await this.outcome();
    if (run !== this.run) return; // something else was chosen meanwhile
    this.show(...elements);
    const heading = this.root.querySelector("#result h2");
    if (heading) heading.focus();
  }

  async outcome() {
    try {
      return reportElements(await this.verify(), this.name());
    } catch (error) {
      return [problemElement(error)];
    }
  }

  /** What was chosen: the archive, or the folder. */
  name() {
    return chosenPath(this.chosen[0]).split("/")[0];
  }

  async verify() {
    const profile = this.control("profile").value;
    const [trustFile] = this.control("trust-file").files;
    const trust = trustFile ? parseTrust(await bytesOf(trustFile), trustFile.name) : undefined;
    try {
      return await verifyPackage({ files: await this.files(), trust, profile });
    } catch (error) {
      if (error instanceof GateFailure) return refusedTree(error, profile);
      throw error;
    }
  }

  /** One file is an archive; several are a folder. */
  async files() {
    if (this.chosen.length === 1 && !chosenPath(this.chosen[0]).includes("/"))
      return unpackArchive(await bytesOf(this.chosen[0]));
    const files = new Map();
    for (const file of this.chosen) {
      const path = chosenPath(file);
      files.set(path.slice(path.indexOf("/") + 1), await bytesOf(file));
    }
    return files;
  }

  show(...elements) {
    this.control("result").replaceChildren(...elements);
  }
}

function chosenPath(file) {
  return file.path || file.webkitRelativePath || file.name;
}

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}
