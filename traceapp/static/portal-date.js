// A calendar beside each typed date, where the browser has one to show. The field stays what is sent.

const pad = (number) => String(number).padStart(2, '0');
const isoOf = (text) => {
  const found = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text.trim()) ?? /^(\d\d)(\d\d)(\d{4})$/.exec(text.trim());
  return found ? `${found[3]}-${pad(found[2])}-${pad(found[1])}` : '';
};

function offer(place) {
  const typed = place.querySelector('input');
  const open = Object.assign(document.createElement('button'), { type: 'button', className: 'btn second', textContent: place.dataset.day });
  open.addEventListener('click', () => {
    place.querySelector('.picker')?.remove();
    const picker = Object.assign(document.createElement('input'), { type: 'date', className: 'picker', tabIndex: -1 });
    picker.setAttribute('aria-hidden', 'true');
    if (place.dataset.most) picker.max = place.dataset.most;
    picker.value = isoOf(typed.value);
    picker.addEventListener('change', () => take(typed, picker.value));
    place.append(picker);
    picker.showPicker();
  });
  place.append(open);
}

function take(typed, day) {
  if (!day) return;
  typed.value = day.split('-').reverse().join('/');
  for (const name of ['input', 'change']) typed.dispatchEvent(new Event(name, { bubbles: true }));
}

if ('showPicker' in HTMLInputElement.prototype) document.querySelectorAll('[data-day]').forEach(offer);
