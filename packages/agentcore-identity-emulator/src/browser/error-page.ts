import { html } from 'hono/html'

/** Shown with `assumptions.browserErrors` set to `page`. AWS shows JSON. */
export const errorPage = ({ status, message }: { status: number; message: string }) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Authorization cannot continue</title>
  </head>
  <body>
    <main>
      <h1>Authorization cannot continue</h1>
      <p>${message} (${status})</p>
      <p>Go back to the application and start again. AgentCore Identity itself would show this answer as JSON.</p>
    </main>
  </body>
</html>`
