// The web client's own packages, for tests that live outside web/: one copy of each, never a second.

export * as Y from '../../web/node_modules/yjs/dist/yjs.mjs';
export { WebsocketProvider } from '../../web/node_modules/y-websocket/src/y-websocket.js';
export { default as WebSocket } from '../../web/node_modules/ws/wrapper.mjs';
export { chromium } from '../../web/node_modules/playwright-core/index.mjs';
export { AxeBuilder } from '../../web/node_modules/@axe-core/playwright/dist/index.mjs';
