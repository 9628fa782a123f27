// Reading codes: from the camera or from a photo, with the browser's own detector where it has one, else with
// zxing-cpp as WebAssembly, which is fetched only then.

const READER = '../vendor/zxing/es/reader/index.js';
const WASM = new URL('../vendor/zxing/zxing_reader.wasm', import.meta.url).href;
const FORMATS = ['qr_code', 'data_matrix'];
const WIDEST = 1280;

let reader;

// A function from an image source (video, bitmap, canvas) to the text of the first code in it, '' for none.
export function codeReader() {
  reader ??= nativeReader().then((native) => native ?? wasmReader());
  return reader;
}

async function nativeReader() {
  if (!('BarcodeDetector' in globalThis)) return null;
  const supported = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!supported.includes('qr_code')) return null;
  const detector = new BarcodeDetector({ formats: FORMATS.filter((format) => supported.includes(format)) });
  return async (source) => (await detector.detect(source))[0]?.rawValue ?? '';
}

async function wasmReader() {
  const { prepareZXingModule, readBarcodes } = await import(READER);
  await prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
  const options = { formats: ['QRCode', 'DataMatrix'], maxNumberOfSymbols: 1, tryHarder: true };
  return async (source) => (await readBarcodes(pixelsOf(source), options))[0]?.text ?? '';
}

function pixelsOf(source) {
  const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(width * scale), height: Math.round(height * scale) });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

export async function readPhoto(file) {
  const picture = await createImageBitmap(file);
  return (await codeReader())(picture);
}

// Show the camera in `video` and look at its picture until a code is read or `stop` is called: {code, stop}.
// Rejects with the browser's own error where the camera is not to be had.
export async function scan(video) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException('no camera', 'NotFoundError');
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false });
  let running = true;
  const stop = () => {
    running = false;
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const look = await codeReader();
  const code = (async () => {
    while (running) {
      const text = video.readyState >= 2 ? await look(video).catch(() => '') : '';
      if (text) return text;
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    return '';
  })();
  return { code: code.finally(stop), stop };
}

// A photo made small enough to be sent from a field: at most 1600 pixels, JPEG.
export async function shrink(file, widest = 1600) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, widest / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.82));
}
