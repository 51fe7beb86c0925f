import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SetUpError, say } from './say.mjs'

export function findCommand(names) {
  for (const name of names) {
    for (const directory of (process.env.PATH ?? '').split(delimiter)) {
      if (isExecutable(join(directory, name))) return join(directory, name)
    }
  }
  return undefined
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Uses apt-get, or Homebrew on macOS. `apt` has alternatives, each a list of packages. `what` is the program's name in messages. */
export function installSystemPackage({ what, apt, brew, byHand }) {
  const cannot = (why) => new SetUpError(`${what} is missing and ${why}: ${byHand}, then try again.`)
  if (process.platform === 'darwin') {
    if (!findCommand(['brew'])) throw cannot('there is no Homebrew to install it')
    say(`installing ${what} with Homebrew`)
    if (run('brew', ['install', ...brew]).status !== 0) throw cannot('Homebrew could not install it')
    return
  }
  if (!findCommand(['apt-get'])) throw cannot('there is no apt-get to install it')
  const root = asRoot()
  if (!root) throw cannot('this user may not install it (not root, no passwordless sudo)')
  say(`installing ${what} with apt-get`)
  if (aptInstall(root, apt)) return
  run(...root(['apt-get', ...APT_OPTIONS, 'update']))
  if (!aptInstall(root, apt)) throw cannot('apt-get could not install it')
}

const INSTALL = ['install', '--reinstall', '--yes', '--no-install-recommends']
const APT_OPTIONS = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0']

/** `--reinstall`: a package may be registered as installed although its files are gone. */
const aptInstall = (root, alternatives) =>
  alternatives.some((packages) => run(...root(['apt-get', ...APT_OPTIONS, ...INSTALL, ...packages])).status === 0)

/** Undefined when this user cannot become root without a password. */
function asRoot() {
  const prefix = ['env', 'DEBIAN_FRONTEND=noninteractive']
  const withPrefix = (words) => (command) => [words[0], [...words.slice(1), ...command]]
  if (process.getuid?.() === 0) return withPrefix(prefix)
  if (findCommand(['sudo']) && run('sudo', ['-n', 'true']).status === 0) return withPrefix(['sudo', '-n', ...prefix])
  return undefined
}

const run = (command, args) => spawnSync(command, args, { stdio: 'ignore' })
