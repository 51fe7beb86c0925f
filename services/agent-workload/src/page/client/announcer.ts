import { find } from './elements.ts'

/** For screen readers. */
export function announce(text: string): void {
  const announcer = find('#announcer', HTMLElement)
  announcer.textContent = ''
  // Repeating the same text is a change only after it was cleared.
  setTimeout(() => {
    announcer.textContent = text
  }, 100)
}
