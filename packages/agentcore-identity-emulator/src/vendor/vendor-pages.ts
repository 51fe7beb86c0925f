import { html } from 'hono/html'
import { type Markup, page } from '../pages/page.ts'
import type { AuthorizationRequest } from './built-in-vendor.ts'

const vendorPage = (title: string, body: Markup) =>
  page({
    title: `${title} · Built-in authorization server`,
    stylesheet: '/vendor/pages.css',
    body: html`
    <main class="narrow">
      <p class="quiet">Built-in authorization server of the AgentCore Identity emulator</p>
      <h1>${title}</h1>
      ${body}
    </main>`,
  })

/** There are no passwords: all users are fictitious. */
export const signInPage = (requestId: string, users: readonly string[]) =>
  vendorPage(
    'Sign in',
    html`
      <p>Who are you?</p>
      <form method="post" action="/vendor/sign-in">
        <input type="hidden" name="request" value="${requestId}">
        ${users.map((user) => html`<button name="as" value="${user}">${user}</button>`)}
      </form>`,
  )

export const consentPage = (
  requestId: string,
  { clientId, scopes }: Pick<AuthorizationRequest, 'clientId' | 'scopes'>,
  user: string,
) =>
  vendorPage(
    'Allow access?',
    html`
      <p>The client <strong>${clientId}</strong> wants to act for <strong>${user}</strong>.</p>
      ${scopes.length > 0 ? html`<p id="scopes">It asks for:</p><ul aria-labelledby="scopes">${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>` : html`<p>It asks for no scope by name.</p>`}
      <form method="post" action="/vendor/consent">
        <input type="hidden" name="request" value="${requestId}">
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="deny" class="danger">Deny</button>
      </form>
      <form method="post" action="/vendor/sign-in">
        <input type="hidden" name="request" value="${requestId}">
        <button name="as" value="" class="plain">Sign in as somebody else</button>
      </form>`,
  )

export const refusalPage = (message: string) => vendorPage('This request cannot go on', html`<p>${message}</p>`)

/** The page does not bind the session: only the application can. */
export const returnPage = (outcome: 'returned' | 'denied' | 'nothing') =>
  vendorPage(
    { returned: 'Consent given', denied: 'Consent denied', nothing: 'This is a return URL' }[outcome],
    html`
      <p>${
        {
          returned:
            'AgentCore Identity has sent the browser back to the application. The application checks who is here and calls CompleteResourceTokenAuth.',
          denied: 'AgentCore Identity has sent the browser back to the application with an error, and no token.',
          nothing: 'AgentCore Identity sends browsers here after consent, with a session_id.',
        }[outcome]
      }</p>
      <p>You can close this page. <a href="/">The inspector</a> shows where each authorization stands.</p>`,
  )
