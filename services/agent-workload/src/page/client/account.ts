import type { ConnectionStatus, DisconnectOutcome } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { endedWords } from './connection-words.ts'
import { confirmIn } from './dialogs.ts'
import { element, find, link } from './elements.ts'
import { ME, signInPath } from './routes.ts'
import { signInLink, watchSignedInUser } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

interface Erased {
  connections: { displayName: string; status: ConnectionStatus; outcome?: DisconnectOutcome }[]
}

const page = find('#account', HTMLElement)
const button = find('#erase', HTMLButtonElement)
const message = find('#erase-message', HTMLElement)
let erasing = false

async function erase(): Promise<void> {
  if (erasing || !(await confirmIn('erase-dialog', 'erase'))) return
  erasing = true
  message.replaceChildren('One moment…')
  const answer = await callApi<Erased>('DELETE', ME)
  erasing = false
  if (answer.ok) return showErased(answer.body)
  const { code } = answer.problem
  message.replaceChildren(REQUEST_PROBLEMS[code], ' ')
  if (code === 'not_signed_in') message.append(signInLink())
}

/** The user's name must not stay on the screen. */
function showErased({ connections }: Erased): void {
  document.querySelector('.page-header')?.remove()
  const heading = element('h1', { tabIndex: -1 }, 'Your conversations are erased')
  page.replaceChildren(
    heading,
    element(
      'p',
      {},
      'So are your choices and the record of what was used. You are signed out everywhere. To end the sign-in at the issuer as well, sign out there.',
    ),
    ...(connections.length === 0
      ? []
      : [element('ul', {}, ...connections.map((one) => element('li', {}, endedWords(one))))]),
    element('p', {}, link('Sign in', signInPath())),
  )
  document.title = 'Your conversations are erased'
  heading.focus()
}

watchSignedInUser(page.dataset.userSubject ?? '')
button.hidden = false
button.addEventListener('click', () => void erase())
