// A link that is to be sent on goes out by the phone's own list of ways, Zalo among them; else it is copied.
// Without this script it is marked by a tap and copied by hand.

const place = document.getElementById('share');

async function send() {
  const { link, copied } = place.dataset;
  const told = place.querySelector('p');
  try {
    if (navigator.share) return await navigator.share({ url: link });
    await navigator.clipboard.writeText(link);
    told.textContent = copied;
    told.hidden = false;
  } catch {
    // Thought better of it, or the browser forbids both: the link stands above.
  }
}

if (place && (navigator.share || navigator.clipboard)) {
  place.hidden = false;
  place.querySelector('button').addEventListener('click', send);
}
