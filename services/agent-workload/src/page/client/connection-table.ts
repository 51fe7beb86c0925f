import type { ListedConnection } from '@agent-identity/contracts'
import { isLiveRow } from './connection-actions.ts'
import { type ConnectionRow, createConnectionRow } from './connection-row.ts'
import { find, placeInOrder } from './elements.ts'
import { withSuffix } from './with-suffix.ts'

/** Rows that stay keep their element: a new one would have neither the focus nor the message. */
export function createConnectionTable(body: HTMLElement, update: () => Promise<unknown>) {
  const template = find('#connection-row', HTMLTemplateElement)
  let rows = [...body.querySelectorAll<HTMLTableRowElement>('tr[data-status]')].map((row) =>
    createConnectionRow(row, update),
  )
  let made = 0

  function makeRow(): ConnectionRow {
    const row = find('tr', HTMLTableRowElement, document.importNode(template.content, true))
    // Ids must be unique in a page.
    made += 1
    for (const name of ['id', 'aria-describedby'])
      for (const one of row.querySelectorAll(`[${name}]`))
        one.setAttribute(name, withSuffix(one.getAttribute(name) ?? '', made))
    return createConnectionRow(row, update)
  }

  /** A connection may get its account id later: then it takes a row of its service whose connection is not in the list. */
  function take(free: ConnectionRow[], list: readonly ListedConnection[], { provider, accountId }: ListedConnection) {
    const isOfAnother = (row: ConnectionRow) =>
      list.some((one) => one.provider === row.provider && one.accountId === row.accountId)
    const found =
      free.find((row) => row.provider === provider && row.accountId === accountId) ??
      free.find((row) => row.provider === provider && !isOfAnother(row))
    if (found) free.splice(free.indexOf(found), 1)
    return found
  }

  return {
    show(list: readonly ListedConnection[]): void {
      const free = [...rows]
      const next = list.map((connection) => take(free, list, connection) ?? makeRow())
      for (const row of free) row.remove()
      placeInOrder(
        body,
        next.map(({ element }) => element),
      )
      rows = next
      const isFirst = firstsOf(list)
      const isFirstLive = firstsOf(list.filter(isLiveRow))
      list.forEach((connection, n) => {
        next[n]?.show(connection, { isFirst: isFirst(connection), isFirstLive: isFirstLive(connection) })
      })
    },
    cameBack(): void {
      for (const row of rows) row.cameBack()
    },
  }
}

/** Whether a row is the first one of its service. */
function firstsOf(list: readonly ListedConnection[]): (connection: ListedConnection) => boolean {
  return (connection) => connection === list.find(({ provider }) => provider === connection.provider)
}
