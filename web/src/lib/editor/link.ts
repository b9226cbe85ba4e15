/** Links carry an address and nothing else, and only addresses that are safe to follow. */
import { Mark, mergeAttributes } from '@tiptap/core';

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    link: {
      /** Links the selected words, or the word the cursor is in a link of. */
      setLink: (href: string) => ReturnType;
      unsetLink: () => ReturnType;
    };
  }
}

const SCHEMES = ['http:', 'https:', 'mailto:'];

/** Without a host, `https:/page` leads into the site that shows it. */
const HAS_HOST = /^(?:mailto:|https?:\/\/[^/\\?#])/i;

/** The address as it may be stored, or `null`: only http, https (with a host) and mailto. */
export function safeAddress(typed: string): string | null {
  const trimmed = typed.trim();
  if (trimmed === '' || /[\u0000-\u0020]/.test(trimmed)) return null;
  try {
    return SCHEMES.includes(new URL(trimmed).protocol) && HAS_HOST.test(trimmed) ? trimmed : null;
  } catch {
    return null;
  }
}

/** What a person means when they type `region.example/page` or `nom@region.example`. */
export function guessAddress(typed: string): string | null {
  const trimmed = typed.trim();
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(trimmed)) return safeAddress(`mailto:${trimmed}`);
  if (/^[a-z][a-z0-9+.-]*:/i.test(trimmed)) return safeAddress(trimmed);
  return /^[^\s/]+\.[^\s/]{2,}/.test(trimmed) ? safeAddress(`https://${trimmed}`) : null;
}

/** The mark. Not inclusive: what is typed after a link is not part of it. */
export const Link = Mark.create({
  name: 'link',
  priority: 1000,
  inclusive: false,
  keepOnSplit: false,

  addAttributes() {
    return { href: { default: null } };
  },

  parseHTML() {
    return [
      {
        tag: 'a[href]',
        getAttrs: (element) => {
          const href = safeAddress(element.getAttribute('href') ?? '');
          return href === null ? false : { href };
        },
      },
    ];
  },

  renderHTML({ HTMLAttributes }) {
    const href = safeAddress(String(HTMLAttributes.href ?? '')) ?? '';
    return ['a', mergeAttributes({ href, rel: 'noopener noreferrer nofollow' }), 0];
  },

  addCommands() {
    return {
      setLink:
        (href) =>
        ({ chain }) => {
          const safe = safeAddress(href);
          if (safe === null) return false;
          return chain().extendMarkRange('link').setMark('link', { href: safe }).run();
        },
      unsetLink:
        () =>
        ({ chain }) =>
          chain().extendMarkRange('link').unsetMark('link').run(),
    };
  },
});
