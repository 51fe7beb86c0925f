import { find } from './elements.ts'

export function announce(text: string): void {
  const announcer = find('#announcer', HTMLElement)
  announcer.textContent = ''
  // The same text again is a change only after it was cleared.
  setTimeout(() => {
    announcer.textContent = text
  }, 100)
}
