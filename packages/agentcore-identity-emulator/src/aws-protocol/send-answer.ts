import { randomBytes, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Plane } from './routes.ts'
import { writeJson } from './write-json.ts'

export type Outcome = { status: number; body?: object; errorType?: string; violatesModel?: boolean }

/** Seen in an answer of the data plane's StartBrowserSession, 2026-09-28. */
const DATA_PLANE_NAMESPACE = ':http://internal.amazon.com/coral/com.amazon.bedrock.agentcore.common/'

/** The headers are as recorded live, 2026-09-28. */
export function sendAnswer(
  response: ServerResponse,
  { status, body, errorType, violatesModel = false }: Outcome,
  { requestId, plane, publicUrl }: { requestId: string; plane: Plane; publicUrl: string },
) {
  const text = body === undefined ? '' : writeJson(body)
  const length = Buffer.byteLength(text)
  const namespace = violatesModel && plane === 'data' ? DATA_PLANE_NAMESPACE : ''
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': length,
    'x-amzn-requestid': requestId,
    'cache-control': 'no-store, no-cache',
    // Not over plain HTTP (RFC 6797 §7.2).
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=47304000; includeSubDomains' } : {}),
    ...(plane === 'control' ? gatewayHeaders(length) : {}),
    ...(errorType === undefined ? {} : { 'x-amzn-errortype': `${errorType}${namespace}` }),
  })
  response.end(text)
}

/** The live control plane of AgentCore Identity is behind API Gateway. */
function gatewayHeaders(contentLength: number) {
  const seconds = Math.floor(Date.now() / 1000)
  return {
    'x-amz-apigw-id': randomBytes(11).toString('base64'),
    'x-amzn-trace-id': `Root=1-${seconds.toString(16)}-${randomBytes(12).toString('hex')}`,
    'x-amzn-remapped-connection': 'keep-alive',
    ...(contentLength > 0 ? { 'x-amzn-remapped-content-length': contentLength } : {}),
    'x-amzn-remapped-date': new Date().toUTCString(),
    'x-amzn-remapped-x-amzn-requestid': randomUUID(),
  }
}
