import { execFileSync } from 'node:child_process'
import { pythonEnvironment } from './python-environment.ts'

/** The npm package of the same name is something else. */
const ENVIRONMENT = pythonEnvironment('cfn-lint', '1.58.0')

export const CFN_LINT = ENVIRONMENT.program('cfn-lint')

const TAGGING = `
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as schemas
def tagging(name):
    try: return schemas.get_resource_schema('us-east-1', name).schema.get('tagging', {})
    except Exception: return {}
print(json.dumps({name: tagging(name) for name in sys.argv[1:]}))
`

/** By type: the `tagging` of its schema, empty where there is none. */
export function taggingOf(
  types: readonly string[],
): Record<string, { taggable?: boolean; cloudFormationSystemTags?: boolean }> {
  return JSON.parse(execFileSync(ENVIRONMENT.program('python'), ['-c', TAGGING, ...types], { encoding: 'utf8' }))
}

/** @returns why it failed, or undefined */
export const installCfnLint = (): string | undefined => ENVIRONMENT.install()
