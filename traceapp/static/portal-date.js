// A calendar beside each typed date, where the browser has one to show. The field stays what is sent.

const pad = (number, length = 2) => String(number).padStart(length, '0');
const isoOf = (text) => {
  const found = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(text.trim()) ?? /^(\d\d)(\d\d)(\d{4})$/.exec(text.trim());
  return found ? `${found[3]}-${pad(found[2])}-${pad(found[1])}` : '';
};

function offer(place) {
  const typed = place.querySelector('input');
  const picker = Object.assign(document.createElement('input'), { type: 'date', className: 'picker', tabIndex: -1 });
  const open = Object.assign(document.createElement('button'), { type: 'button', className: 'btn second', textContent: place.dataset.day });
  if (!picker.showPicker) return;
  picker.setAttribute('aria-hidden', 'true');
  if (place.dataset.most) picker.max = place.dataset.most;
  open.addEventListener('click', () => {
    picker.value = isoOf(typed.value);
    picker.showPicker();
  });
  picker.addEventListener('change', () => {
    if (!picker.value) return;
    const [year, month, day] = picker.value.split('-');
    typed.value = `${day}/${month}/${year}`;
    typed.dispatchEvent(new Event('input', { bubbles: true }));
    typed.dispatchEvent(new Event('change', { bubbles: true }));
  });
  place.append(picker, open);
}

document.querySelectorAll('[data-day]').forEach(offer);
