import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeCertificate } from '../resilience/support/certificates.ts'

/** This process trusts the server's certificate until the server is closed. */
export async function startTlsServer(handler: RequestListener) {
  const certificate = makeCertificate()
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, certificate.ca])
  const files = { key: readFileSync(certificate.keyFile), cert: readFileSync(certificate.certificateFile) }
  const server = createServer(files, handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      setDefaultCACertificates(trusted)
      certificate.remove()
    },
  }
}
