import { type ApiErrorCode, type AuthorizationId, ROUTES, startAuthorizationPath } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type Html, renderPage } from './layout.ts'

export interface ProblemPage {
  title: string
  advice: string
  requestId?: string | undefined
}

export function signedOutPage(): string {
  return noticePage('You are signed out', [
    html`<p>What was still waiting for your consent has been cancelled. Your connected accounts stay connected.</p>`,
    action('Sign in', ROUTES.signIn),
  ])
}

/** The same page for each reason: details would help an attacker. */
export function signInFailedPage(): string {
  return noticePage('The sign-in did not work', [
    html`<p>It may have taken too long, it was started in another browser, or the sign-in service does not answer.</p>`,
    action('Sign in again', ROUTES.signIn),
  ])
}

/** The same page for a missing resource and another user's. */
export function notFoundPage(): string {
  return noticePage('There is nothing here that you can see', [
    html`<p>The address may be wrong, what it named may be over, or it belongs to someone else.</p>`,
    action('Go to the agent', ROUTES.chatPage),
  ])
}

/** The same page for every reason of a `not_found` at the start route: the reason would help an attacker. */
export function cannotStartPage(): string {
  return noticePage('This cannot be connected from here', [
    html`<p>The link may be over, it may belong to someone else, or it was asked for in another browser.</p>`,
    html`<p>If you asked for it here, go back to where you asked and use the link there. If that one does not work either, sign out, sign in and ask again.</p>`,
    action('Go to the agent', ROUTES.chatPage),
  ])
}

/** What to do when a link cannot be opened. */
export const START_ADVICE = {
  not_signed_in: 'Sign in, then try again from where you asked.',
  cross_site_request: 'Go back to where you asked and start from there.',
  authorization_settled:
    'It was completed, was cancelled or ran out of time. Go back to where you asked to see what became of it, or ask again there.',
  disconnect_first: 'Disconnect the account there under Connected accounts, then open the link again.',
  too_many_requests:
    'Wait a minute, then open the link again. If that does not help, cancel it where you asked, and ask again there.',
} as const satisfies Partial<Record<ApiErrorCode, string>>

interface TryAgain {
  /** The authorization whose link was opened. */
  id: AuthorizationId
  requestId?: string | undefined
}

/** The start had no answer of AgentCore that counts: the same link works. */
export function tryAgainPage({ id, requestId }: TryAgain): string {
  return noticePage('Nothing is lost, try again', [
    html`<p>The service that connects accounts did not answer this time. Your link still works.</p>`,
    requestIdLine(requestId),
    action('Try again', startAuthorizationPath(id)),
    html`<p><a href="${ROUTES.chatPage}">Go to the agent</a></p>`,
  ])
}

export function problemPage({ title, advice, requestId }: ProblemPage): string {
  return noticePage(title, [
    html`<p>${advice}</p>`,
    requestIdLine(requestId),
    action('Go to the agent', ROUTES.chatPage),
  ])
}

const requestIdLine = (requestId: string | undefined) =>
  requestId === undefined ? html`` : html`<p class="quiet">Request id: <code>${requestId}</code></p>`

const action = (text: string, href: string) => html`<p><a class="button" href="${href}">${text}</a></p>`

export function noticePage(title: string, content: Html[]): string {
  return renderPage({ title, main: html`<main class="notice-page"><h1>${title}</h1>${content}</main>` })
}
