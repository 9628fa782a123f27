// What the phone keeps in IndexedDB: the pinned trust file, the lists, names of lots, and reports that wait to be sent.
// A browser that keeps nothing (private windows) still checks; `keeps` says which it is.

const NAME = 'traceapp-inspect';
const STORES = ['held', 'lots', 'reports'];

export async function openStore() {
  try {
    const database = await asked(opening());
    return { keeps: true, ...acts((store, mode) => database.transaction(store, mode).objectStore(store)) };
  } catch {
    return { keeps: false, ...inMemory() };
  }
}

function opening() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  return request;
}

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function acts(open) {
  return {
    get: (store, key) => asked(open(store, 'readonly').get(key)),
    put: (store, key, value) => asked(open(store, 'readwrite').put(value, key)),
    remove: (store, key) => asked(open(store, 'readwrite').delete(key)),
    all: (store) => asked(open(store, 'readonly').getAll()),
  };
}

function inMemory() {
  const stores = new Map(STORES.map((store) => [store, new Map()]));
  return {
    get: async (store, key) => stores.get(store).get(key),
    put: async (store, key, value) => stores.get(store).set(key, value),
    remove: async (store, key) => stores.get(store).delete(key),
    all: async (store) => [...stores.get(store).values()],
  };
}
