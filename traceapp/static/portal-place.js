// Takes the position of whoever stands there, when they press the button; never by itself.

const button = document.getElementById('here');
const form = button?.form;

function put(latitude, longitude) {
  form.elements.latitude.value = latitude.toFixed(5);
  form.elements.longitude.value = longitude.toFixed(5);
  form.elements.map.src = `/portal/setup/map.svg?at=${latitude.toFixed(5)},${longitude.toFixed(5)}`;
}

if (button && navigator.geolocation && window.isSecureContext) {
  button.hidden = false;
  button.addEventListener('click', () => {
    navigator.geolocation.getCurrentPosition(
      found => put(found.coords.latitude, found.coords.longitude),
      () => { button.after(document.createTextNode(` ${button.dataset.failed}`)); },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}
