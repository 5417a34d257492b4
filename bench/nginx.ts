/**
 * nginx as a floor of another runtime: `proxy_pass`, one worker process, connections to the origin
 * kept.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isFree } from '../dev/ports.ts'
import type { Pinning } from './cpu.ts'
import { startProgram } from './processes.ts'

const FROM_PORT = 24_500
const PATIENCE_MS = 5_000

/** Whether there is an nginx on this machine. */
export function hasNginx(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Starts it before the origin. */
export async function startNginx(originPort: number, pinning: Pinning) {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-nginx-'))
  const port = await freePort(FROM_PORT)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configOf(folder, port, originPort))
  const command = pinning.server(['nginx', '-e', 'stderr', '-p', folder, '-c', file])
  const program = await startProgram(command, null)
  await untilListening(port)
  return {
    ...program,
    port,
    async end(): Promise<void> {
      await program.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilListening(port: number): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  while (await isFree(port)) {
    if (Date.now() > giveUpAt) throw new Error('nginx does not listen')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function configOf(folder: string, port: number, originPort: number): string {
  return `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      upstream origin { server 127.0.0.1:${originPort}; keepalive 64; }
      server {
        listen 127.0.0.1:${port};
        keepalive_requests 1000000;
        location / {
          proxy_pass http://origin;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
        }
      }
    }`
}
