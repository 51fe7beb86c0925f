import { callApi } from './api.ts'
import { confirmIn } from './dialogs.ts'
import { element, find, link } from './elements.ts'
import { CHAT_PAGE, CONVERSATIONS, conversationPage, conversationPath } from './routes.ts'
import { ERASED, REQUEST_PROBLEMS, sizeText } from './words.ts'

interface Listed {
  conversationId: string
  bytes: number
  message?: string
  askedAt?: string
}

/** Where the user makes room for another message. @param isShown whether the page shows the conversation with this id */
export function createRoomCard(isShown: (conversationId: string) => boolean) {
  const card = find('#room', HTMLElement)
  const list = find('ul', HTMLUListElement, card)
  const status = find('[role=status]', HTMLElement, card)

  async function show(): Promise<void> {
    const answer = await callApi<{ conversations: Listed[] }>('GET', CONVERSATIONS)
    list.replaceChildren(...(answer.ok ? answer.body.conversations.map(rowOf) : []))
    status.textContent = answer.ok ? '' : REQUEST_PROBLEMS[answer.problem.code]
    card.hidden = false
  }

  function rowOf({ conversationId, bytes, message = 'A conversation', askedAt }: Listed): HTMLLIElement {
    const begun = askedAt === undefined ? '' : `${new Date(askedAt).toLocaleString()} · `
    const about = element(
      'p',
      {},
      element('bdi', {}, link(message, conversationPage(conversationId))),
      element(
        'span',
        { className: 'quiet' },
        `${begun}${sizeText(bytes)}${isShown(conversationId) ? ' · this one' : ''}`,
      ),
    )
    const button = element(
      'button',
      { type: 'button', className: 'button-quiet', ariaLabel: `Erase: ${message}` },
      'Erase',
    )
    const row = element('li', {}, about, button)
    button.addEventListener('click', () => void erase(conversationId, row, button))
    return row
  }

  async function erase(conversationId: string, row: HTMLLIElement, button: HTMLButtonElement): Promise<void> {
    if (button.ariaDisabled === 'true' || !(await confirmIn('erase-conversation-dialog', 'erase'))) return
    button.ariaDisabled = 'true'
    const answer = await callApi('DELETE', conversationPath(conversationId))
    button.ariaDisabled = null
    if (!answer.ok && answer.problem.code !== 'not_found') {
      status.textContent = REQUEST_PROBLEMS[answer.problem.code]
      return
    }
    // The message is still in the field of the new page.
    if (isShown(conversationId)) return location.assign(CHAT_PAGE)
    row.remove()
    status.textContent = ERASED
    find('h2', HTMLElement, card).focus()
  }

  return {
    show,
    hide() {
      card.hidden = true
    },
  }
}
