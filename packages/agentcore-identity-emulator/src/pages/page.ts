import { readFileSync } from 'node:fs'
import { html } from 'hono/html'

// The build of the package replaces this expression by the file's text.
export const stylesheet = readFileSync(new URL('./static/pages.css', import.meta.url), 'utf8')

export type Markup = ReturnType<typeof html>

export const page = ({
  title,
  stylesheet,
  head = '',
  body,
}: Record<'title' | 'stylesheet', string> & { head?: Markup | string; body: Markup }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${stylesheet}">
    ${head}
  </head>
  <body>${body}</body>
</html>`
