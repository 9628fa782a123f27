// Choosing a file, in the page's own words: the browser's button speaks the phone's language and shows nothing else.
// The field itself lies over what is drawn, so that a tap, a key and a reader of the screen meet it as before.

const { photo, file, none } = document.getElementById('main').dataset;

function draw(input) {
  const face = document.createElement('div');
  const word = document.createElement('b');
  const chosen = document.createElement('span');
  face.className = 'file';
  word.textContent = (input.accept || 'image/').startsWith('image/') ? photo : file;
  const tell = () => { chosen.textContent = [...input.files].map((one) => one.name).join(', ') || none; };
  for (const drawn of [word, chosen]) drawn.setAttribute('aria-hidden', 'true');
  input.before(face);
  face.append(input, word, chosen);
  input.addEventListener('change', tell);
  tell();
}

document.querySelectorAll('.field input[type=file]').forEach(draw);
document.addEventListener('htmx:load', (event) => {
  event.target.querySelectorAll('.field input[type=file]').forEach((one) => { if (!one.closest('.file')) draw(one); });
});
