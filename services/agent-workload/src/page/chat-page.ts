import { MESSAGE_MAX_BYTES, ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type PageUser, renderPage, signedInAs } from './layout.ts'

/** With the general one. More would not be read. */
const MOST_SUGGESTIONS = 5

export interface ChatPage {
  user: PageUser
  /** Of the providers that are offered. */
  suggestions: readonly string[]
  /** Its owner is not checked here: the client requests the conversation as this user. */
  conversationId?: string | undefined
}

export function chatPage({ user, suggestions, conversationId }: ChatPage): string {
  const suggested = ['What can you do?', ...suggestions].slice(0, MOST_SUGGESTIONS)
  return renderPage({
    title: 'Ask the agent',
    user,
    path: ROUTES.chatPage,
    module: 'chat.ts',
    main: html`<main id="chat" class="chat" data-user-subject="${user.subject}" data-signed-in-as="${signedInAs(user)}" data-conversation-id="${conversationId ?? ''}">
<div class="chat-heading">
<h1>Ask the agent</h1>
<a class="button-quiet" href="${ROUTES.chatPage}">New conversation</a>
</div>
<noscript><p class="problem">The chat needs JavaScript. Without it you can still see your <a href="${ROUTES.connectionsPage}">connected accounts</a>.</p></noscript>
<section id="suggestions" class="suggestions" hidden>
<p>The agent looks things up and gets things done at services that you connect. It asks you first, and acts as you. Try:</p>
<ul>${suggested.map((text) => html`<li><button type="button" class="button-quiet">${text}</button></li>`)}</ul>
</section>
<div id="log" class="log" role="log" aria-live="polite" aria-label="Conversation"></div>
<section id="room" class="panel room" aria-labelledby="room-heading" hidden>
<h2 id="room-heading" tabindex="-1">Make room</h2>
<p>Erase a conversation that you do not need any more. What the agent has changed elsewhere stays as it is.</p>
<ul></ul>
<p class="quiet" role="status"></p>
</section>
<dialog id="erase-conversation-dialog" aria-labelledby="erase-conversation-heading" aria-describedby="erase-conversation-what">
<form method="dialog">
<h2 id="erase-conversation-heading">Erase this conversation?</h2>
<p id="erase-conversation-what">Your messages and the answers are erased. This cannot be undone.</p>
<div class="dialog-actions"><button type="submit" value="keep" class="button-quiet" autofocus>Keep it</button> <button type="submit" value="erase" class="button-danger">Erase it</button></div>
</form>
</dialog>
<form id="composer" class="composer" hidden data-message-max-bytes="${MESSAGE_MAX_BYTES}">
<p id="composer-notice" class="composer-notice" role="status"></p>
<label for="message">Message</label>
<div class="composer-row">
<textarea id="message" rows="2" aria-describedby="message-keys" autocomplete="off"></textarea>
<button id="send" type="submit">Send</button>
</div>
<p id="message-keys" class="composer-keys quiet">Enter sends, Shift + Enter starts a new line.</p>
</form>
</main>`,
  })
}
