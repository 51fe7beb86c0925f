import { ROUTES, type User } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { assetPath, importsOf } from './client-assets.ts'

export type Html = ReturnType<typeof html>
export type PageUser = Pick<User, 'subject' | 'name' | 'email'>

export const signedInAs = ({ name, email }: PageUser) => (email === undefined ? name : `${name} (${email})`)

export interface Page {
  title: string
  /** Without one the page has no menu. */
  user?: PageUser
  path?: string
  /** `off`: the menu has no link to the chat. */
  chat?: 'on' | 'off'
  module?: string
  main: Html
}

/** @returns a primitive string: Express would send the template's own object as JSON. */
export function renderPage({ title, user, path, chat = 'on', module, main }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ROUTES.assets}/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('base.css')}">
<link rel="stylesheet" href="${assetPath('pages.css')}">
<link rel="stylesheet" href="${assetPath('connections.css')}">
<link rel="stylesheet" href="${assetPath('account.css')}">
<link rel="stylesheet" href="${assetPath('dialog.css')}">
<link rel="stylesheet" href="${assetPath('chat.css')}">
${module === undefined ? '' : moduleTags(module)}
</head>
<body>
${user === undefined ? '' : pageHeader(user, path, chat)}
${main}
<p id="announcer" class="visually-hidden" role="status"></p>
</body>
</html>
`.toString()
}

/** Listing all imports saves a round trip for each level of them. */
const moduleTags = (module: string) => html`${[...importsOf(module)].map(
  (name) => html`<link rel="modulepreload" href="${assetPath(name)}">\n`,
)}
<script type="module" src="${assetPath(module)}"></script>`

const pageHeader = (user: PageUser, path: string | undefined, chat: 'on' | 'off') => html`<header class="page-header">
<nav aria-label="Main">
${chat === 'off' ? '' : html`<a href="${ROUTES.chatPage}"${currentPage(path === ROUTES.chatPage)}>Chat</a>`}
<a href="${ROUTES.connectionsPage}"${currentPage(path === ROUTES.connectionsPage)}>Connected accounts</a>
<a href="${ROUTES.accountPage}"${currentPage(path === ROUTES.accountPage)}>Your data</a>
</nav>
<div class="signed-in">
<p><span class="visually-hidden">Signed in as </span>${user.name}${email(user)}</p>
<form method="post" action="${ROUTES.signOut}"><button type="submit" class="button-quiet">Sign out</button></form>
</div>
</header>
<div id="page-notice" class="page-notice" role="alert" hidden></div>`

const email = (user: PageUser) => (user.email === undefined ? '' : html` <span class="quiet">${user.email}</span>`)

const currentPage = (current: boolean) => (current ? html` aria-current="page"` : '')
