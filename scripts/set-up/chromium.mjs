import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { SetUpError } from './say.mjs'
import { findCommand, installSystemPackage, isExecutable } from './system-package.mjs'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MACOS_APPS = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome']

/** The Chromium of CHROMIUM_PATH, else an installed one, else one that is installed now. */
export function findOrInstallChromium() {
  const given = process.env.CHROMIUM_PATH
  if (given) {
    if (!starts(given))
      throw new SetUpError(`CHROMIUM_PATH is ${given}, which is no Chromium that starts: correct or unset it.`)
    return given
  }
  const found = findChromium()
  if (found) return found
  installSystemPackage({
    what: 'Chromium',
    apt: [['chromium']],
    brew: ['--cask', 'google-chrome'],
    byHand: 'install Chromium or Chrome with your package manager, or set CHROMIUM_PATH to one that you have',
  })
  const installed = findChromium()
  if (!installed)
    throw new SetUpError('Chromium was installed but does not start: run `chromium --version` to see why.')
  return installed
}

function findChromium() {
  const onPath = COMMANDS.map((name) => findCommand([name])).filter(Boolean)
  const apps = ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
    MACOS_APPS.map((app) => join(folder, app)),
  )
  return [...onPath, ...(process.platform === 'darwin' ? apps.filter(isExecutable) : [])].find(starts)
}

/** Ubuntu's `chromium-browser` may be a script that only tells the user to install a snap. */
const starts = (path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0
