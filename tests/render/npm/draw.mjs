// Draws the labels of a ZPL file as a printer's firmware would, one PNG each, with an interpreter that is not ours.
// node draw.mjs FILE.zpl WIDTH_MM HEIGHT_MM DOTS_PER_MM < nothing > one line of base64 a label
import { readFileSync } from "node:fs";
import { ready } from "zpl-renderer-js";

const [file, width, height, dots] = process.argv.slice(2);
const { api } = await ready;
const labels = await api.zplToBase64MultipleAsync(
  readFileSync(file, "utf8"),
  Number(width),
  Number(height),
  Number(dots),
);
process.stdout.write(labels.join("\n") + "\n");
process.exit(0);
