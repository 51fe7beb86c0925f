import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Calls } from '../control/calls.ts'
import type { Fault, Faults } from '../control/faults.ts'
import { userNamedIn } from '../control/user-of-call.ts'
import { describeBug, describeCause } from '../describe-error.ts'
import type { EmulatorState } from '../emulator-state.ts'
import type { Authorizer } from '../iam/authorizer.ts'
import type { Log } from '../log.ts'
import { validateInput } from '../model/validate-input.ts'
import type { SignedRequest } from '../sigv4/canonical-request.ts'
import type { Credential } from '../sigv4/credentials.ts'
import { AwsError, ConstraintViolation } from './errors.ts'
import type { AnyOperation, Permission } from './operation.ts'
import { readBody } from './read-body.ts'
import { parseBody, readInput } from './read-input.ts'
import { refusePage } from './refuse-pages.ts'
import type { FoundRoute } from './routes.ts'
import { type Outcome, sendAnswer } from './send-answer.ts'

type Deps = {
  state: EmulatorState
  /** This server's names, besides loopback's. */
  knownHosts: readonly string[]
  authenticate(request: SignedRequest): Credential
  authorizer: Authorizer
  faults: Faults
  calls: Calls
  log: Log
}

export function answerAwsCall(deps: Deps) {
  return async (request: IncomingMessage, response: ServerResponse, found: FoundRoute) => {
    const requestId = randomUUID()
    const refused = await failWith(deps.log, requestId, async () => {
      refusePage(request, deps.knownHosts)
      const body = await readBody(request)
      await answerCall(deps, { request, response, requestId, body, ...found })
      return undefined
    })
    if (refused === undefined) return
    if (response.headersSent) return void response.destroy()
    // A server that does not read the whole body must close the connection (RFC 9112 §9.3).
    if (!request.complete) response.setHeader('connection', 'close')
    sendAnswer(response, refused, { requestId, plane: found.route?.plane ?? 'data', publicUrl: deps.state.publicUrl })
  }
}

type Received = FoundRoute & { request: IncomingMessage; response: ServerResponse; requestId: string; body: Buffer }

async function answerCall(deps: Deps, { request, response, requestId, body, route, resourceArn }: Received) {
  const startedAt = performance.now()
  const operation = route?.name ?? 'Unknown'
  const parsed = parseBody(body)
  let principal: string | null = null
  let user: string | null = null
  let decision: string | null = null
  let fault: Fault | undefined

  const outcome = await failWith(deps.log, requestId, async () => {
    const credential = deps.authenticate(signedRequest(request, body))
    principal = credential.principalArn
    user = userNamedIn(parsed, deps.state)
    fault = await deps.faults.take(operation, user)
    if (fault?.error) return failed(fault.error)
    if (route?.operation === undefined) throw notEmulated(operation, request)
    const input = readInput(request, parsed, resourceArn)
    return carryOut(route.operation, input, deps.state, (permissions) => {
      const authorization = deps.authorizer.authorize(credential, permissions, {
        address: request.socket.remoteAddress,
        userAgent: request.headers['user-agent'],
      })
      decision = authorization.decision
      if (authorization.denial) throw authorization.denial
    })
  })

  deps.calls.record({ operation, status: outcome.status, principal, user, decision })
  deps.log.info({
    operation,
    status: outcome.status,
    error: outcome.errorType,
    principal,
    decision,
    requestId,
    milliseconds: Math.round(performance.now() - startedAt),
  })
  if (fault?.dropReply) return void response.destroy()
  sendAnswer(response, outcome, { requestId, plane: route?.plane ?? 'data', publicUrl: deps.state.publicUrl })
}

async function carryOut(
  operation: AnyOperation,
  raw: unknown,
  state: EmulatorState,
  authorize: (permissions: readonly Permission[]) => void,
): Promise<Outcome> {
  // TypeScript loses the pairing of an operation with its shape in a list.
  const input = validateInput(operation.input, raw) as never
  authorize(operation.permissions(input, state))
  const body = await operation.run(input, state)
  return operation.successStatus === 204 ? { status: 204 } : { status: operation.successStatus, body }
}

/** The answer has no details of an error that is not an AwsError, such as a bug, or a state file that cannot be written. */
async function failWith<T>(log: Log, requestId: string, run: () => Promise<T>): Promise<T | Outcome> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AwsError) {
      if (error.cause !== undefined) log.warn({ requestId, error: error.type, cause: describeCause(error.cause) })
      return { ...failed(error), violatesModel: error instanceof ConstraintViolation }
    }
    log.error({ requestId, error: describeBug(error) })
    return failed(new AwsError('InternalServerException', 'An internal error occurred'))
  }
}

/** The null members are derived from the length of a live answer of the data plane (StartBrowserSession, 2026-09-28). */
function failed({ type, status, message }: { type: string; status: number; message: string }): Outcome {
  const details = type === 'ValidationException' ? { fieldList: null, reason: null } : {}
  return { status, errorType: type, body: { message, ...details } }
}

function notEmulated(operation: string, { method, url = '' }: IncomingMessage) {
  const [path = ''] = url.split('?')
  const what = operation === 'Unknown' ? `${method} ${path.slice(0, 200)}` : operation
  return new AwsError('NotEmulatedException', `agentcore-identity-emulator does not emulate ${what}`)
}

function signedRequest({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): SignedRequest {
  const headers = new Map<string, string[]>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase()
    const value = rawHeaders[index + 1] as string
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [value])
    else values.push(value)
  }
  return { method, target: url, headers, body }
}
