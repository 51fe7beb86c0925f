import { type ServerResponse, STATUS_CODES } from 'node:http'

/** In an ALB's format. */
export function errorPage(response: ServerResponse, status: 404 | 502 | 503 | 504): void {
  if (response.headersSent) return void response.destroy()
  const title = `${status} ${STATUS_CODES[status]}`
  response.writeHead(status, { 'Content-Type': 'text/html', Connection: 'close' })
  response.end(
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  )
}
