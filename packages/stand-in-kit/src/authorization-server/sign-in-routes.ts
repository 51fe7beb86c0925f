import express, { Router } from 'express'
import { type SignInPage, signInPage } from '../pages/sign-in-page.ts'
import { PAGE_HEADERS } from '../pages/style.ts'
import type { Person } from '../people.ts'
import { personOf } from './account-choice.ts'
import type { AuthorizationServer } from './create-authorization-server.ts'

type Interaction = Awaited<ReturnType<AuthorizationServer['provider']['interactionDetails']>>

/** No other site can post to the page: its cookie is SameSite=Lax. */
export function signInRoutes(server: AuthorizationServer): Router {
  const { provider, people, look, applicationName, accountChoice } = server
  const hintedIn = ({ params }: Interaction) =>
    accountChoice && typeof params[accountChoice.hint] === 'string' ? String(params[accountChoice.hint]) : undefined
  const accountsIn = ({ session }: Interaction): readonly Person[] =>
    session ? (accountChoice?.accountsOf(session.accountId) ?? []) : []

  async function page(interaction: Interaction, more: Pick<SignInPage, 'refusedUsername'> = {}): Promise<string> {
    const hint = hintedIn(interaction)
    const client = await provider.Client.find(String(interaction.params.client_id))
    const hinted = personOf(people, hint)
    const accounts = accountsIn(interaction).map(({ username, email }) => ({
      username,
      email,
      isHinted: username === hinted?.username,
    }))
    const action = `/interaction/${interaction.uid}/sign-in`
    return signInPage({
      look,
      applicationName: client?.clientName ?? applicationName,
      action,
      hintedUsername: hinted?.username ?? hint,
      accounts,
      ...more,
    })
  }

  const router = Router()
  router.get('/interaction/:uid', async (request, response, next) => {
    const interaction = await provider.interactionDetails(request, response)
    if (['login', 'select_account'].includes(interaction.prompt.name))
      response.set(PAGE_HEADERS).send(await page(interaction))
    else next()
  })

  router.post('/interaction/:uid/sign-in', express.urlencoded({ limit: '8kb' }), async (request, response) => {
    const interaction = await provider.interactionDetails(request, response)
    const { username, password, account } = request.body ?? {}
    // The browser is signed in to every account of its user.
    const chosen = accountsIn(interaction).find((one) => one.username === account)
    const person = chosen ?? people.withPassword(String(username ?? '').trim(), String(password ?? ''))
    if (!person) {
      const refused = await page(interaction, { refusedUsername: String(username ?? '') })
      return void response.status(400).set(PAGE_HEADERS).send(refused)
    }
    const result = { login: { accountId: person.subject }, select_account: {} }
    const next = await provider.interactionResult(request, response, result)
    await goOverTo(person, interaction)
    response.redirect(303, next)
  })
  return router

  /** Otherwise oidc-provider shows a page that signs out of the other account first. */
  async function goOverTo({ subject }: Person, { session }: Interaction): Promise<void> {
    if (!session || session.accountId === subject) return
    const browser = await provider.Session.findByUid(session.uid)
    if (!browser) return
    // The consents of the other account do not apply to this one.
    browser.authorizations = {}
    browser.loginAccount({ accountId: subject })
    await browser.persist()
  }
}
