import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type InstalledProject, projectIn } from './installed-project.ts'

const RECIPES = join(import.meta.dirname, '../../recipes')

export function recipe(installed: InstalledProject, name: string, environment: Readonly<Record<string, string>> = {}) {
  const directory = join(installed.directory, 'recipes', name)
  rmSync(directory, { recursive: true, force: true })
  cpSync(join(RECIPES, name), directory, { recursive: true })
  const project = projectIn(directory, environment)
  if (!existsSync(join(directory, 'package.json'))) project.write({ 'package.json': '{ "private": true }' })
  project.run('npm', 'pkg', 'set', `devDependencies.agentcore-identity-emulator=file:${installed.tarball}`)
  project.run('npm', 'install', '--no-audit', '--no-fund')
  return project
}
