import { parseArgs } from 'node:util'
import { ProviderId } from '@agent-identity/contracts'
import { VENDORS } from '@agent-identity/provider-kit'
import type { NewProvider } from './files.ts'

const USAGE = 'npm run new-provider -- <id> --vendor <vendor> [--name "Display name"] [--api-url https://…]'

/** One sentence that says what to write instead. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readArguments(args: string[], exists: (id: string) => boolean): NewProvider {
  const { id, vendor, name, apiUrl } = parse(args)
  const parsed = ProviderId.safeParse(id)
  if (!parsed.success)
    throw new UsageError(`"${id ?? ''}" is no id: lower-case letters, digits and single hyphens. Usage: ${USAGE}`)
  if (!vendor || !VENDORS.includes(vendor))
    throw new UsageError(`--vendor must be one of AgentCore's: ${VENDORS.join(', ')}.`)
  if (exists(parsed.data)) throw new UsageError(`There is a folder providers/${parsed.data} already.`)
  const words = parsed.data.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const displayName = name ?? words.join(' ')
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .&-]{0,63}$/u.test(displayName))
    throw new UsageError(`"${displayName}" is no display name: letters, digits, spaces, dots, hyphens; 64 at the most.`)
  const api = apiUrl ?? `https://api.${parsed.data}.example`
  // It becomes a literal in the source.
  if (!/^https:\/\/[\w.-]+(:\d+)?(\/[\w./-]*)?$/.test(api))
    throw new UsageError('--api-url must be an https address without a query.')
  return { id: parsed.data, vendor, displayName, apiUrl: api.replace(/\/$/, '') }
}

function parse(args: string[]) {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { vendor: { type: 'string' }, name: { type: 'string' }, 'api-url': { type: 'string' } },
    })
    return { id: positionals[0], vendor: values.vendor, name: values.name, apiUrl: values['api-url'] }
  } catch (error) {
    throw new UsageError(`${(error as Error).message} Usage: ${USAGE}`)
  }
}
