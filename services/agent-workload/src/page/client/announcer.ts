import { find } from './elements.ts'

/** Says something to screen readers, without moving anything that can be seen. */
export function announce(text: string): void {
  const announcer = find('#announcer', HTMLElement)
  announcer.textContent = ''
  // The same words said twice are a change only if there was silence in between.
  setTimeout(() => {
    announcer.textContent = text
  }, 100)
}
