/** The floor: event streams with keep-alive lines. */
import type { ServerResponse } from 'node:http'
import { serve } from '../support/listening-server.ts'

const open = new Set<ServerResponse>()
setInterval(() => {
  for (const response of open) response.write(': keep-alive\n\n')
}, 15_000)

serve((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  response.write(': open\n\n')
  open.add(response)
  response.on('close', () => open.delete(response))
})
