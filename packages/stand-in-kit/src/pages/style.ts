import { createHash } from 'node:crypto'

export const STYLE = `
:root { color-scheme: light dark; --band: #0f4c5c; --line: #7fd1e3; --action: light-dark(#0f4c5c, #7fd1e3); --on-action: light-dark(#fff, #06262e) }
[data-colour=green] { --band: #24292f; --line: #57d677; --action: light-dark(#1a7f37, #57d677); --on-action: light-dark(#fff, #04230d) }
[data-colour=plum] { --band: #4a154b; --line: #ecb22e; --action: light-dark(#4a154b, #e3b5e4); --on-action: light-dark(#fff, #2b0a2c) }
[data-colour=amber] { --band: #5c3d0f; --line: #e3b27f; --action: light-dark(#7a4f0a, #f0c685); --on-action: light-dark(#fff, #2e1c02) }
[data-colour=slate] { --band: #2b3a4a; --line: #f25022; --action: light-dark(#0b5c8a, #9cd0f0); --on-action: light-dark(#fff, #04202f) }
[data-colour=blue] { --band: #174ea6; --line: #fbbc04; --action: light-dark(#174ea6, #a8c7fa); --on-action: light-dark(#fff, #062e6f) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100dvh; display: flex; flex-direction: column; background: light-dark(#f5f6f8, #14171a); color: light-dark(#1b1f24, #e8eaed); font: 1rem/1.5 system-ui, sans-serif }
header { background: var(--band); border-bottom: 3px solid var(--line); color: #fff; padding: .75rem 1.25rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center }
header strong { font-size: 1.05rem }
header span { border: 1px solid #fff9; border-radius: 1rem; padding: 0 .6rem; font-size: .8125rem }
main { width: min(100% - 2rem, 27rem); margin: clamp(1rem, 6vh, 4rem) auto 1rem; background: light-dark(#fff, #1e2226); border: 1px solid light-dark(#d5d9de, #3a4047); border-radius: .75rem; padding: 1.5rem }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .5rem }
p { margin: 0 0 1rem }
form + p { margin: 1rem 0 0 }
main > :last-child { margin-bottom: 0 }
label { display: block; font-weight: 600; margin: 0 0 .25rem }
input { width: 100%; font: inherit; color: inherit; background: light-dark(#fff, #14171a); border: 1px solid light-dark(#6b737c, #8b949e); border-radius: .4rem; padding: .55rem .7rem; margin: 0 0 1rem }
button { font: inherit; font-weight: 600; border-radius: .4rem; padding: .6rem 1.1rem; border: 1px solid light-dark(#6b737c, #8b949e); background: transparent; color: inherit; cursor: pointer; flex: 1 }
button.primary { background: var(--action); border-color: var(--action); color: var(--on-action) }
:focus-visible { outline: 3px solid light-dark(#0969da, #79b8ff); outline-offset: 2px }
.buttons { display: flex; gap: .75rem; flex-wrap: wrap }
.accounts { display: flex; flex-direction: column; gap: .5rem }
.error { border-left: 4px solid light-dark(#b3261e, #ff8a80); background: light-dark(#fdeceb, #3b1f1d); padding: .6rem .8rem; border-radius: .25rem }
ul { margin: 0 0 1rem; padding: 0; list-style: none; border: 1px solid light-dark(#d5d9de, #3a4047); border-radius: .5rem }
li { padding: .65rem .85rem }
li + li { border-top: 1px solid light-dark(#d5d9de, #3a4047) }
code, .quiet { color: light-dark(#57606a, #a7b0ba); font-size: .8125rem; overflow-wrap: anywhere }
code { display: block; font-family: ui-monospace, monospace }
footer { margin: auto auto 0; padding: 1rem 1.25rem; max-width: 40rem; text-align: center }
`

const styleHash = createHash('sha256').update(STYLE).digest('base64')

/** No `form-action`: in some browsers it would also apply to the redirects after the form, and the last may lead to another origin. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
