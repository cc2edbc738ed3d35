// Small disks for tests, really mounted: what is full is full, and what may only be read is.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Only root may, and not everywhere. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'earshot-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A folder on a disk of its own, both gone after the test. */
export function mountDisk(t: Pick<TestContext, 'after'>, size: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder])
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Leaves no room on a disk but a few pages. */
export function fillUp(disk: string): void {
  for (;;) {
    try {
      appendFileSync(join(disk, 'ballast'), Buffer.alloc(4_096))
    } catch {
      return
    }
  }
}

/** From now on nobody may write to the disk, root neither. */
export function makeReadOnly(disk: string): void {
  execFileSync('mount', ['-o', 'remount,ro', disk])
}
