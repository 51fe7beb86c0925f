import { operationOf } from '../target/aws-clients.ts'
import { CannotCheck } from './finding.ts'

const REFUSED = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|NotAuthorizedException)$/

/** Codes of AWS and names of other errors: these are safe to show. */
const CODE = /^[A-Z][A-Za-z.]{2,60}$/

/** Without AWS's message, which may quote the request. */
export function describeFailure(error: unknown): string {
  if (error instanceof CannotCheck) return error.message
  const { name } = error as Error
  const operation = operationOf(error)
  if (!operation) return `The check itself failed${CODE.test(name) ? ` (${name})` : ''}.`
  if (REFUSED.test(name)) return `These credentials may not call ${operation}.`
  return `${operation} failed${CODE.test(name) ? ` (${name})` : ''}.`
}

export function isNotFound(error: unknown): boolean {
  return /^(ResourceNotFoundException|.*NotFound(Exception|Fault)?|NoSuch\w+|WAFNonexistentItemException)$/.test(
    (error as Error).name,
  )
}
