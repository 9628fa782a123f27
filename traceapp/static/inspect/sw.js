// Keeps the inspector's page on the phone. In front of this stand VERSION and FILES, which the service writes.
/* global VERSION, FILES */

const CACHE = `inspect-${VERSION}`;
const SHARED = 'inspect-shared';

self.addEventListener('install', (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const drop = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith('inspect-') && ![CACHE, SHARED].includes(name));
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (event.request.method === 'POST' && url.pathname === '/inspect/share') event.respondWith(take(event.request));
  else if (event.request.method === 'GET' && url.pathname === '/inspect') event.respondWith(page(url));
  else if (event.request.method === 'GET' && FILES.includes(url.pathname + url.search)) event.respondWith(kept(event.request));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

async function page(url) {
  const wanted = url.searchParams.get('lang') ?? (navigator.language.startsWith('en') ? 'en' : 'vi');
  return kept(new Request(`/inspect?lang=${wanted === 'en' ? 'en' : 'vi'}`));
}

// A bundle that another app shared: put where the page finds it.
async function take(request) {
  const file = (await request.formData()).get('bundle');
  const cache = await caches.open(SHARED);
  if (file instanceof File) await cache.put('/inspect/shared', new Response(file));
  return Response.redirect('/inspect?shared=1', 303);
}
