import { type BindingOutcome, ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { bindingWords } from './binding-words.ts'

const ASSETS = ROUTES.sessionBindingAssets

export interface BindingPage {
  outcome: BindingOutcome
  /** Of the provider. */
  displayName?: string | undefined
}

/** @returns a primitive string: Express would send the template's own object as JSON. */
export function bindingPage({ outcome, displayName }: BindingPage): string {
  const { heading, advice } = bindingWords(outcome, displayName)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${heading} – you can close this tab</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ROUTES.assets}/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${ASSETS}/binding-page.css">
<script src="${ASSETS}/binding-page.js" defer></script>
</head>
<body>
<main data-outcome="${outcome}">
<h1>${heading}</h1>
${advice.map((paragraph) => html`<p>${paragraph}</p>`)}
<p>You can close this tab.</p>
<p class="actions">${outcome === 'try_again' ? html`<a id="try-again" class="button" href="">Try again</a>` : ''}
${wayOn(outcome)}</p>
</main>
</body>
</html>
`.toString()
}

const wayOn = (outcome: BindingOutcome) =>
  outcome === 'not_signed_in'
    ? html`<a class="button" href="${ROUTES.signIn}">Sign in</a>`
    : html`<a href="${ROUTES.chatPage}">Go to the agent</a>`
