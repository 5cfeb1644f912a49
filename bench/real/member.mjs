/**
 * One member of a hearsay cluster, on loopback, with the LAN profile. Prints what it sees, one JSON object a line, as
 * `../go/member.go` does of memberlist. `../real.mjs` runs it.
 *
 *   node bench/real/member.mjs --name n1 --join 127.0.0.1:7946 --rules sharp --suspicion-mult 5
 */
import { readArguments } from '../lib/arguments.mjs';
import { sentTraffic } from '../lib/sent-traffic.mjs';

// After the counters are in place.
const { createCluster } = await import('hearsay');

const tickMs = 250;
/** A tick that is later than that was kept waiting for a processor. */
const lateMs = 100;
const lateness = { ticks: 0, lateTicks: 0, worstLateMs: 0 };

const options = readArguments({
  name: '',
  join: '',
  rules: 'sharp',
  'suspicion-mult': '4',
  'suspicion-confirmations': '0',
});

const cluster = await createCluster({
  name: options.name,
  bind: '127.0.0.1:0',
  pool: 'memberlist',
  profile: 'lan',
  rules: options.rules,
  swim: {
    suspicionMult: Number(options['suspicion-mult']),
    suspicionConfirmations: Number(options['suspicion-confirmations']),
  },
  trace: (event) => {
    if (event.type === 'probe-failed') tell('suspect', { about: event.target });
  },
});
cluster.on('member-join', ({ member }) => tell('up', { about: member.name }));
cluster.on('member-failed', ({ member }) => tell('failed', { about: member.name }));
tell('up', { about: options.name });
if (options.join !== '') await cluster.join([options.join]);
const { host, port } = cluster.localMember.address;
tell('ready', { address: `${host}:${port}` });
watchTicks();
process.on('SIGUSR2', tellCounters);
// Whoever started this member holds the other end.
process.stdin.resume().on('end', () => process.exit());

function tell(type, values) {
  process.stdout.write(`${JSON.stringify({ type, atMs: Date.now(), ...values })}\n`);
}

/** Finds out whether this process gets the time it asks for. */
function watchTicks() {
  let lastMs = performance.now();
  const tick = () => {
    const nowMs = performance.now();
    const overMs = nowMs - lastMs - tickMs;
    lastMs = nowMs;
    lateness.ticks += 1;
    if (overMs > lateMs) lateness.lateTicks += 1;
    lateness.worstLateMs = Math.max(lateness.worstLateMs, overMs);
    setTimeout(tick, tickMs);
  };
  setTimeout(tick, tickMs);
}

/** What was sent and used since the start, and the ticks since it was asked last. */
function tellCounters() {
  const { user, system } = process.cpuUsage();
  tell('counters', { ...sentTraffic, cpuMs: (user + system) / 1_000, ...lateness });
  Object.assign(lateness, { ticks: 0, lateTicks: 0, worstLateMs: 0 });
}
