import type { Connection } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { createAskFirstSwitch } from './ask-first-switch.ts'
import { createConnectionRow } from './connection-row.ts'
import { find, link } from './elements.ts'
import { CONNECTIONS } from './routes.ts'
import { onAuthorizationSettled } from './settled-channel.ts'
import { signInLink, watchSignedInUser } from './signed-in-user.ts'
import { REQUEST_PROBLEMS, type RequestProblemCode } from './words.ts'

const page = find('#connections', HTMLElement)
const notice = find('#connections-notice', HTMLElement)
const rows = new Map(
  [...page.querySelectorAll<HTMLTableRowElement>('tr[data-status]')].map((row) => [
    row.dataset.provider,
    createConnectionRow(row, update),
  ]),
)

const LOOK_AGAIN_AFTER_MS = [1_000, 3_000]

let reading = false
let missed = false

/** No timer: it refreshes when the user returns to this tab, and when a consent was settled in another one. */
async function update(): Promise<void> {
  if (reading) {
    missed = true
    return
  }
  reading = true
  const answer = await callApi<Connection[]>('GET', CONNECTIONS)
  reading = false
  if (answer.ok) show(answer.body)
  else sayStale(answer.problem.code)
  if (missed) {
    missed = false
    await update()
  }
}

function show(connections: Connection[]): void {
  notice.replaceChildren()
  for (const connection of connections) rows.get(connection.provider)?.show(connection)
}

function sayStale(code: RequestProblemCode): void {
  notice.replaceChildren(
    `What you see may be out of date. ${REQUEST_PROBLEMS[code]} `,
    code === 'not_signed_in' ? signInLink() : link('Reload this page', location.href),
  )
}

/**
 * The other tab can be faster than the workload, which asks AgentCore and the vendor before it stores the connection: then it refreshes once or twice
 * more. Until the connection is stored, the row is neither pending nor connected.
 */
async function updateUntilSettled(): Promise<void> {
  const waiting = [...page.querySelectorAll<HTMLElement>('tr[data-status=consent_pending]')]
  await update()
  for (const pause of LOOK_AGAIN_AFTER_MS) {
    if (waiting.every((row) => row.dataset.status === 'connected')) return
    await new Promise((resolve) => setTimeout(resolve, pause))
    await update()
  }
}

async function userCameBack(): Promise<void> {
  await update()
  for (const row of rows.values()) row.cameBack()
}

for (const row of page.querySelectorAll<HTMLTableRowElement>('#without-consent tr[data-provider]'))
  createAskFirstSwitch(row, find('[data-slot=message]', HTMLElement, row))
watchSignedInUser(page.dataset.userSubject ?? '')
onAuthorizationSettled(() => void updateUntilSettled())
addEventListener('focus', () => void userCameBack())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void userCameBack()
})
