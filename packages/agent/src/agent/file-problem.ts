/** By code, what is wrong with a file and what to do about it. */
const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory; check the path, or create it',
  EACCES: 'permission denied; let the user of the agent read it',
  EPERM: 'operation not permitted; give it to the user of the agent',
  EISDIR: 'is a directory; name a file',
  ENOTDIR: 'a part of the path is not a directory; check the path',
  EROFS: 'read-only file system; choose a path that can be written',
  ENOSPC: 'no space left on device; make room',
  EBUSY: 'device or resource busy; if it is a mount of a single file, mount its directory instead',
  ELOOP: 'too many symbolic links; check the path',
  ENAMETOOLONG: 'name too long; choose a shorter path',
};

/** What a failed call of the file system means, with a remedy where there is one. */
export function fileProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return Object.hasOwn(remedies, code) ? remedies[code]! : error.message;
}
