/** The keys under which a field is sealed. `nothing`: it is not sealed, so it must not decide who may do what. */
export type Voucher =
  | 'USER_SESSION_KEYS'
  | 'USER_TOKENS_KEYS'
  | 'IDENTITY_ARTIFACT_KEYS'
  | 'TURN_KEYS'
  /** Where there is an MCP server; else `TURN_KEYS`. */
  | 'CONNECTION_KEYS'
  /** Of the MCP server alone. */
  | 'MCP_KEYS'
  | 'nothing'

export interface RecordField {
  /** A field of a hash; `value` for a string, `element` for a list, set or stream. `*` is any other field; names in angle brackets vary. */
  field: string
  vouchedBy: Voucher
  /** `once`: by its creator. `compared`: each change compares the sealed value that was read. `replaced`: overwritten. */
  written: 'once' | 'compared' | 'replaced'
  decides: string
  /** What an attacker with write access and without a key can cause with it. */
  remains: string
}

export interface RecordKind {
  /** Its name in Redis: the hash tag in braces, variable parts in angle brackets. */
  key: string
  fields: readonly RecordField[]
}

export const EARLIER = 'an earlier value of the same field'
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
