import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
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
import { readInput } from './read-input.ts'
import { findRoute, type Route } from './routes.ts'
import { type Outcome, sendAnswer } from './send-answer.ts'

type Deps = {
  state: EmulatorState
  routes: readonly Route[]
  authenticate(request: SignedRequest): Credential
  authorizer: Authorizer
  faults: Faults
  calls: Calls
  log: Log
}

/** One AWS call from the wire to the wire, in AWS's order: who, planned fault, what, well-formed, allowed, done. */
export function answerAwsCall(deps: Deps): RequestHandler {
  return async (request, response) => {
    const requestId = randomUUID()
    const startedAt = performance.now()
    const { route, resourceArn } = findRoute(deps.routes, request.method, request.path)
    const operation = route?.name ?? 'Unknown'
    let principal: string | null = null
    let user: string | null = null
    let decision: string | null = null
    let fault: Fault | undefined

    const outcome = await failWith(deps.log, requestId, async () => {
      const signed = signedRequest(request)
      const credential = deps.authenticate(signed)
      principal = credential.principalArn
      user = userNamedIn(signed.body, deps.state)
      fault = await deps.faults.take(operation)
      if (fault?.error) return failed(fault.error)
      if (route?.operation === undefined) throw notEmulated(operation, request)
      const input = readInput(request, signed.body, resourceArn)
      return carryOut(route.operation, input, deps.state, (permissions) => {
        const authorization = deps.authorizer.authorize(credential, permissions)
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
}

async function carryOut(
  operation: AnyOperation,
  raw: unknown,
  state: EmulatorState,
  authorize: (permissions: readonly Permission[]) => void,
): Promise<Outcome> {
  // The table pairs each operation with its own shape; TypeScript loses the pairing once they are in one list.
  const input = validateInput(operation.input, raw) as never
  authorize(operation.permissions(input, state))
  const body = await operation.run(input, state)
  return operation.successStatus === 204 ? { status: 204 } : { status: operation.successStatus, body }
}

/** Nothing throws past here. What is not an AWS error is a bug: logged whole, answered without a word of it. */
async function failWith(log: Log, requestId: string, run: () => Promise<Outcome>): Promise<Outcome> {
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

/** The model requires `reason`; the live service sends both members, as null (2026-09-28). */
function failed({ type, status, message }: { type: string; status: number; message: string }): Outcome {
  const details = type === 'ValidationException' ? { fieldList: null, reason: null } : {}
  return { status, errorType: type, body: { message, ...details } }
}

function notEmulated(operation: string, { method, path }: Request) {
  const what = operation === 'Unknown' ? `${method} ${path.slice(0, 200)}` : operation
  return new AwsError('NotEmulatedException', `agentcore-identity-emulator does not emulate ${what}`)
}

function signedRequest(request: Request): SignedRequest {
  const headers = new Map<string, string[]>()
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] as string).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[index + 1] as string])
  }
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  return { method: request.method, target: request.originalUrl, headers, body }
}
