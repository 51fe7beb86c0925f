import { announce } from './announcer.ts'
import { callApi, type RequestProblem } from './api.ts'
import { createComposer, newConversationLink } from './composer.ts'
import { createConversation } from './conversation.ts'
import { find, link } from './elements.ts'
import { createRoomCard } from './room-card.ts'
import { TURNS } from './routes.ts'
import { onAuthorizationSettled } from './settled-channel.ts'
import { signInLink, watchSignedInUser } from './signed-in-user.ts'
import { type TurnState, waitsFor } from './turn-state.ts'
import { REQUEST_PROBLEMS, waitingText } from './words.ts'

const chat = find('#chat', HTMLElement)
const suggestions = find('#suggestions', HTMLElement)
const { userSubject = '', signedInAs = '', conversationId = '' } = chat.dataset

const composer = createComposer(userSubject, (message) => void ask(message))
const conversation = createConversation(signedInAs, { onTurn: () => suggestions.remove(), onChange: follow })

const room = createRoomCard((id) => id === conversation.id)

function follow(state: TurnState, before: TurnState | undefined): void {
  const waiting = waitingOf(state)
  if (state.phase === before?.phase && waiting === waitingOf(before)) return
  if (state.phase === 'running') {
    composer.block(
      ['The agent is still answering. Wait for it, or ask elsewhere: ', newConversationLink()],
      'when tried',
    )
  } else if (state.phase === 'waiting') {
    composer.block([`${waiting} To ask something else now: `, newConversationLink()], 'at once')
  } else {
    composer.unblock()
    const isComplete = !state.parts.some(({ kind }) => kind === 'error' || kind === 'loss')
    if (isComplete) announce('The answer is complete.')
  }
}

const waitingOf = (state: TurnState) => waitingText(waitsFor(state))

const ATTEMPT = 'attempt'

/**
 * A failed request may have been accepted. In the same conversation the same message with the same key is one turn, also after a reload of
 * the page.
 */
function attemptKey(): string {
  const key = sessionStorage.getItem(ATTEMPT) ?? crypto.randomUUID()
  sessionStorage.setItem(ATTEMPT, key)
  return key
}

async function ask(message: string): Promise<void> {
  composer.setSending(true)
  const answer = await callApi<{ conversationId: string; turnId: string; eventsUrl: string }>(
    'POST',
    TURNS,
    { message, ...(conversation.id === '' ? {} : { conversationId: conversation.id }) },
    { 'Idempotency-Key': attemptKey() },
  )
  composer.setSending(false)
  if (answer.ok) {
    sessionStorage.removeItem(ATTEMPT)
    composer.clear()
    room.hide()
    conversation.begin(answer.body.conversationId, { ...answer.body, message })
    return
  }
  composer.notify(adviceOn(answer.problem))
  // Another tab may have asked in this conversation.
  if (answer.problem.code === 'turn_in_progress') await conversation.catchUp()
  if (answer.problem.code === 'storage_full') await room.show()
}

function adviceOn({ code, requestId }: RequestProblem): (Node | string)[] {
  const advice: (Node | string)[] = [REQUEST_PROBLEMS[code], ' Your message is still here. ']
  if (code === 'not_signed_in') advice.push(signInLink())
  if (code === 'not_found' || code === 'turn_in_progress' || code === 'conversation_full')
    advice.push(newConversationLink())
  if (code === 'internal_error' && requestId !== undefined) advice.push(`Request id: ${requestId}`)
  return advice
}

for (const button of suggestions.querySelectorAll('button'))
  button.addEventListener('click', () => composer.suggest(button.textContent))

watchSignedInUser(userSubject)
onAuthorizationSettled(() => conversation.wake())

async function restore(): Promise<void> {
  composer.block(['This conversation is still being loaded.'], 'when tried')
  const problem = await conversation.restore(conversationId)
  if (!conversation.isEmpty) return
  composer.unblock()
  suggestions.hidden = false
  if (problem !== undefined)
    composer.notify([`This conversation cannot be shown. ${REQUEST_PROBLEMS[problem.code]} `, wayOut(problem)])
}

function wayOut({ code }: RequestProblem): HTMLAnchorElement {
  if (code === 'not_signed_in') return signInLink()
  return code === 'not_found' ? newConversationLink() : link('Reload this page', location.href)
}

if (conversationId === '') suggestions.hidden = false
else await restore()
