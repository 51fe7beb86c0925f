import { html, raw } from 'hono/html'
import { STYLE } from './style.ts'

type Html = ReturnType<typeof html>

export interface Look {
  /** Teal is for the sign-in. */
  colour: 'teal' | 'green' | 'blue' | 'plum' | 'amber' | 'slate'
  name: string
  /** What the page imitates. */
  standsInFor: string
}

/** The page says that it is a stand-in, so that its reader types no real password into it. */
export function layout(look: Look, title: string, content: Html): string {
  return String(html`<!doctype html>
<html lang="en" data-colour="${look.colour}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${look.name}, local stand-in</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<header><strong>${look.name}</strong><span>local stand-in</span></header>
<main>
<h1>${title}</h1>
${content}
</main>
<footer class="quiet">This is not ${look.standsInFor}. It stands in for it on this machine; do not enter a real password.</footer>
</body>
</html>
`)
}
