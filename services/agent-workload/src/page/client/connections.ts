import type { ListedConnection } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { createAskFirstSwitch } from './ask-first-switch.ts'
import { createAskedByClients } from './asked-by-clients.ts'
import { watchConnections } from './connection-events.ts'
import { createConnectionTable } from './connection-table.ts'
import { closeOnCancel } from './dialogs.ts'
import { find, link } from './elements.ts'
import { CONNECTIONS } from './routes.ts'
import { sharedReading } from './shared-reading.ts'
import { signInLink, watchSignedInUser } from './signed-in-user.ts'
import { REQUEST_PROBLEMS, type RequestProblemCode } from './words.ts'

const page = find('#connections', HTMLElement)
const notice = find('#connections-notice', HTMLElement)
const body = page.querySelector<HTMLElement>('#connection-rows')
const update = sharedReading(read)
const askedByClients = createAskedByClients(page.querySelector('#asked-by-clients'), () => askedByClients.update())
const table = body === null ? undefined : createConnectionTable(body, update)

/** @returns whether the user may still be signed in. */
async function read(): Promise<boolean> {
  void askedByClients.update()
  const answer = await callApi<ListedConnection[]>('GET', CONNECTIONS)
  if (answer.ok) {
    notice.replaceChildren()
    table?.show(answer.body)
    return true
  }
  sayStale(answer.problem.code)
  return answer.problem.code !== 'not_signed_in'
}

function sayStale(code: RequestProblemCode): void {
  notice.replaceChildren(
    `What you see may be out of date. ${REQUEST_PROBLEMS[code]} `,
    code === 'not_signed_in' ? signInLink() : link('Reload this page', location.href),
  )
}

for (const row of page.querySelectorAll<HTMLTableRowElement>('#without-consent tr[data-provider]'))
  createAskFirstSwitch(row, find('[data-slot=message]', HTMLElement, row))
closeOnCancel()
watchSignedInUser(page.dataset.userSubject ?? '')
watchConnections(update)
addEventListener('focus', () => {
  askedByClients.admitNew()
  void update().then(() => table?.cameBack())
})
