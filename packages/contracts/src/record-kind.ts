/** The keys that seal a field. A field that is not sealed (`nothing`) must not decide who may do what. */
export type Voucher =
  | 'USER_SESSION_KEYS'
  | 'USER_TOKENS_KEYS'
  | 'IDENTITY_ARTIFACT_KEYS'
  | 'TURN_KEYS'
  /** Where there is an MCP server; else `TURN_KEYS`. */
  | 'CONNECTION_KEYS'
  | 'MCP_KEYS'
  | 'nothing'

export interface RecordField {
  /** `value`: of a string; `element`: of a list, set or stream; `*`: any other field of a hash. Names in angle brackets vary. */
  field: string
  vouchedBy: Voucher
  /** `once`: by its creator. `compared`: each change compares the sealed value that was read. `replaced`: overwritten without a comparison. */
  written: 'once' | 'compared' | 'replaced'
  decides: string
  /** What an attacker with write access and no key can cause. */
  remains: string
}

export interface RecordKind {
  /** The hash tag in braces, variable parts in angle brackets. */
  key: string
  fields: readonly RecordField[]
}

export const READ = 'which record is read, and when'
export const READ_BADLY = 'it is read again, late, or not at all'
export const NONE = '–'

export function record(key: string, fields: [string, Voucher, RecordField['written'], string, string][]): RecordKind {
  return {
    key,
    fields: fields.map(([field, vouchedBy, written, decides, remains]) => ({
      field,
      vouchedBy,
      written,
      decides,
      remains,
    })),
  }
}
