// An error of the system or of SQLite in, whether it says that there is no room left out.

/** A quota is as hard as the end of the disk. */
const SYSTEM_CODES = ['ENOSPC', 'EDQUOT']
/** Result codes: https://www.sqlite.org/rescode.html. The low byte of one is its kind. */
const SQLITE_FULL = 13
/** The index of the write-ahead log could not be made as large as it must be. */
const SQLITE_IOERR_SHMSIZE = 4_874

/** True where making room would help. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) {
    const code = Number(error.errcode)
    return code === SQLITE_IOERR_SHMSIZE || (code & 0xff) === SQLITE_FULL
  }
  return 'code' in error && SYSTEM_CODES.includes(String(error.code))
}
