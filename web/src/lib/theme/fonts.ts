/** Waits a moment for the two faces, so that the first words do not change shape under the eye. */
const PATIENCE_MS = 400;

export async function fontsReady(): Promise<void> {
  const faces = ['400 16px "Atkinson Hyperlegible Next"', '650 28px "Literata"'];
  const loaded = Promise.all(faces.map((face) => document.fonts.load(face))).catch(() => []);
  await Promise.race([loaded, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
}
