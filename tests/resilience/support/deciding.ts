import type { TurnEvent } from '@agent-identity/contracts'
import type { Answer } from '../../support/http-browser.ts'
import { outcomeOf, type Person } from '../../support/person.ts'
import { hasComeToItsEnd, patiently, SignedOut } from './following.ts'

type Required = Extract<TurnEvent, { event: 'authorization_required' }>['data']

/**
 * @returns `used-up` when AgentCore no longer opens the authorization URL, for example because its redirect to the return URL was lost: the user can
 *   only cancel and ask again
 */
export async function decide(
  who: Person,
  eventsUrl: string,
  { startUrl, authorizationId }: Required,
  decision: string,
): Promise<'decided' | 'used-up'> {
  if (decision === 'cancel') {
    await patiently('cancelling', async () => {
      const { status } = await who.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })
      if (status === 401) throw new SignedOut('cancelling')
      // 409: settled, possibly by the previous request.
      return [204, 409].includes(status) ? true : undefined
    })
    return 'decided'
  }
  let returnUrl: URL | undefined
  let openAgainAt = 0
  return patiently('consenting', async () => {
    if (!returnUrl) {
      const started = await who.start(startUrl, isReturn)
      const page = asksFirst(started) ? await who.goOnInstead(started, isReturn) : started
      if (page.status === 401) throw new SignedOut('the start of a consent')
      if (isSettled(page.status)) return 'decided'
      // The link of an authorization that is gone has led through a new sign-in.
      if (page.status === 404) throw new SignedOut('the start of a consent')
      if (isUsedUp(page)) return 'used-up'
      const answer = isReturn(page.url)
        ? page
        : await who.decide(page, decision === 'deny' ? 'deny' : 'authorize', isReturn)
      if (!isReturn(answer.url))
        throw new Error(`${answer.url.origin}${answer.url.pathname}: ${answer.status} ${answer.body}`)
      returnUrl = answer.url
      openAgainAt = Date.now() + OPENED_AGAIN_AFTER_MS
    }
    const outcome = outcomeOf(await who.return(returnUrl))
    if (outcome === 'not_signed_in') throw new SignedOut('the return')
    // Not recognized: the consent has failed.
    if (['bound', 'already_bound', 'denied', 'expired', 'not_recognized'].includes(outcome)) return 'decided'
    // The conversation may have the outcome already.
    if (outcome === 'try_again' && (await hasComeToItsEnd(who, eventsUrl, authorizationId))) return 'decided'
    // As its page says: AgentCore may never have been called for this start.
    if (Date.now() >= openAgainAt) returnUrl = undefined
    throw new Error(`The return: ${outcome}`)
  })
}

/** A link opens ten times. */
const OPENED_AGAIN_AFTER_MS = 8_000

const isReturn = (url: URL) => url.pathname === '/oauth2/session-binding'
/** AgentCore's answer when the authorization has returned before, has expired or is unknown. */
const isUsedUp = ({ url, status }: Answer) => url.pathname.endsWith('/oauth2/authorize') && status === 400
/** Another consent of this user session is open. */
const asksFirst = ({ status, body }: Answer) => status === 409 && body.includes('/start-instead"')
const isSettled = (status: number) => status === 409 || status === 410
