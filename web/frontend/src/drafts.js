// What is being drawn, kept in this browser until it is deployed: nothing is lost by a closed tab.
const NAME = "kapellmeister";
const STORE = "drafts";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function asked(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// What was sent to be deployed is kept by the engine from now on.
export function startForgetting() {
  document.addEventListener("submit", ({ target, submitter }) => {
    if (!target.matches("[data-forget]") || submitter?.value !== "deploy") return;
    const names = JSON.parse(target.dataset.forget);
    drafts.all().then(
      (all) => Promise.all(all.filter(({ name }) => names.includes(name)).map(({ key }) => drafts.remove(key))),
      () => {},
    );
  });
}

export const drafts = {
  all: () => asked("readonly", (store) => store.getAll()),
  get: (key) => asked("readonly", (store) => store.get(key)),
  put: (draft) => asked("readwrite", (store) => store.put(draft)),
  remove: (key) => asked("readwrite", (store) => store.delete(key)),
};
