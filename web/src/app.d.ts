declare global {
  namespace App {
    interface Error {
      message: string;
      /** The problem's stable code, when the server gave one. */
      code?: string;
      trace_id?: string;
    }
  }
}

export {};
