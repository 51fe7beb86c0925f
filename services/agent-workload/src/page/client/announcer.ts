import { find } from './elements.ts'

/** Announces text to screen readers, without a visible change. */
export function announce(text: string): void {
  const announcer = find('#announcer', HTMLElement)
  announcer.textContent = ''
  // Repeating the same text is a change only after it was cleared.
  setTimeout(() => {
    announcer.textContent = text
  }, 100)
}
