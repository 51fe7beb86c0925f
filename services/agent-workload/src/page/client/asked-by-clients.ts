import type { ClientAuthorization } from '@agent-identity/contracts'
import { announce } from './announcer.ts'
import { callApi } from './api.ts'
import { clientWords } from './connection-words.ts'
import { countDown } from './count-down.ts'
import { element, find, placeInOrder, sameOriginPath } from './elements.ts'
import { CONSENT_REQUESTS } from './routes.ts'
import { serverNow } from './server-clock.ts'

/** @param section absent where there is no MCP server */
export function createAskedByClients(section: HTMLElement | null, onTimeUp: () => unknown) {
  const countdowns = new Map<HTMLElement, { expiresAt: string; stop(): void }>()
  let begun = 0
  /** The number of the last update whose answer is shown. */
  let shown = 0
  /** The first update after this one whose answer is shown admits new ones; undefined when none does. */
  let admitsAfter: number | undefined

  function show(section: HTMLElement, asked: readonly ClientAuthorization[]): void {
    const list = find('[data-slot=asked]', HTMLElement, section)
    const template = find('template', HTMLTemplateElement, section)
    const next = asked.map((one) => itemOf(list, one) ?? filledIn(template, one))
    const hadFocus = list.contains(document.activeElement)
    for (const item of itemsIn(list)) {
      if (next.includes(item)) continue
      countdowns.get(item)?.stop()
      countdowns.delete(item)
      item.remove()
    }
    section.hidden = next.length === 0
    placeInOrder(list, next)
    if (hadFocus && !list.contains(document.activeElement)) find('h1', HTMLElement).focus()
    for (const [n, { displayName, expiresAt }] of asked.entries()) {
      const item = next[n]
      // Opening the link gives more time.
      if (!item || countdowns.get(item)?.expiresAt === expiresAt) continue
      countdowns.get(item)?.stop()
      const time = find('[data-slot=time-left]', HTMLElement, item)
      const stop = countDown({ expiresAt, toWhat: `connect ${displayName}` }, time, onTimeUp)
      countdowns.set(item, { expiresAt, stop })
    }
  }

  return {
    /** The next update may show new ones: the user has just come back. At other times a new one could move another one under the pointer. */
    admitNew(): void {
      admitsAfter = begun
    },

    async update(): Promise<void> {
      if (section === null) return
      begun += 1
      const mine = begun
      const answer = await callApi<ClientAuthorization[]>('GET', CONSENT_REQUESTS)
      if (!answer.ok || mine < shown) return
      shown = mine
      const list = find('[data-slot=asked]', HTMLElement, section)
      const inTime = answer.body.filter(({ expiresAt }) => Date.parse(expiresAt) > serverNow())
      const admitsNew = admitsAfter !== undefined && mine > admitsAfter
      const added = admitsNew ? inTime.filter((one) => !itemOf(list, one)) : []
      if (admitsNew) admitsAfter = undefined
      show(
        section,
        inTime.filter((one) => added.includes(one) || itemOf(list, one)),
      )
      if (added[0]) announce(`${clientWords(added[0])} asks for ${added[0].displayName}.`)
    },
  }
}

const itemsIn = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>('[data-start]')]

const itemOf = (list: HTMLElement, { startUrl }: ClientAuthorization): HTMLElement | undefined =>
  itemsIn(list).find(({ dataset }) => dataset.start === startUrl)

function filledIn(template: HTMLTemplateElement, asked: ClientAuthorization): HTMLElement {
  const { startUrl, displayName, clientName = '', clientId, scopes } = asked
  const item = find('li', HTMLElement, document.importNode(template.content, true))
  item.dataset.start = startUrl
  for (const [name, text] of Object.entries({ name: clientName, client: clientId, service: displayName }))
    for (const slot of item.querySelectorAll(`[data-slot=${name}]`)) slot.textContent = text
  find('[data-slot=called]', HTMLElement, item).hidden = clientName === ''
  // A page of an earlier version may have no slot `needs`.
  for (const slot of item.querySelectorAll<HTMLElement>('[data-slot=needs], [data-slot=scopes]'))
    slot.hidden = scopes.length === 0
  find('[data-slot=scopes]', HTMLElement, item).replaceChildren(...scopes.map((scope) => element('li', {}, scope)))
  find('[data-slot=start]', HTMLAnchorElement, item).href = sameOriginPath(startUrl)
  return item
}
