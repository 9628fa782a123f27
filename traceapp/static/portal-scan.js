// Codes of cases read by the camera, one after the other, into the field where they could be typed.

const field = document.querySelector('[data-scan]');
if (field && navigator.mediaDevices?.getUserMedia) offer();

function offer() {
  const [start, video, said] = ['button', 'video', 'p'].map((name) => document.createElement(name));
  Object.assign(start, { type: 'button', className: 'btn second', textContent: field.dataset.scan });
  Object.assign(video, { hidden: true, muted: true, playsInline: true, className: 'video' });
  said.className = 'small';
  said.setAttribute('role', 'status');
  field.append(start, video, said);
  let scanning;
  start.addEventListener('click', async () => {
    if (scanning) return scanning.stop();
    said.textContent = '';
    video.hidden = false;
    start.textContent = field.dataset.stop;
    try {
      const { scan } = await import(field.dataset.code);
      for (let code = '-'; code; ) {
        scanning = await scan(video);
        code = await scanning.code;
        if (code) said.textContent = take(code);
      }
    } catch {
      said.textContent = field.dataset.failed;
    }
    scanning = undefined;
    video.hidden = true;
    start.textContent = field.dataset.scan;
  });
}

// Tick the box of that case where there is one; else write its code down.
function take(code) {
  const path = code.startsWith('http') ? new URL(code).pathname : '';
  const boxes = [...document.querySelectorAll('input[name=case]')];
  const box = boxes.find((one) => one.value === path || one.value.split('/').pop() === code);
  const typed = field.querySelector('textarea');
  if (box) box.checked = true;
  else if (!typed.value.includes(code)) typed.value = `${typed.value.trim()}\n${code}`.trim();
  navigator.vibrate?.(60);
  return box ? box.value.split('/').pop() : code;
}
