import { cutTo, pad, wrap } from '../output.ts';
import type { FrameSize } from '../screen.ts';
import { actPanel } from './act-panel.ts';
import { membersLegend, membersPanel } from './members-panel.ts';
import { pace } from './pace.ts';
import { seconds, type LogLine, type Scene } from './scene.ts';

const STORY_ROWS = 3;
/** Everything but the two panes that share what is left: head, rule, title, story, two gaps, two pane heads, foot. */
const FIXED_ROWS = 3 + STORY_ROWS + 2 + 2 + 1;

/** The whole screen: exactly `rows` lines, none wider than `columns`. */
export function frame(scene: Scene, size: FrameSize): string[] {
  const { paint } = scene;
  const inner = Math.max(20, size.columns - 2);
  const left = Math.floor(inner / 2);
  const right = inner - left - 2;
  const room = Math.max(2, size.rows - FIXED_ROWS);
  const panelRows = Math.max(1, Math.min(room - 1, Math.max(8, Math.floor(room * 0.6))));
  const logRows = Math.max(0, room - panelRows);
  const picture = actPanel(scene, right, panelRows);
  const members = membersPanel(scene, left, panelRows);

  const lines = [
    headLine(scene, inner),
    paint('─'.repeat(inner), 'dim'),
    paint(scene.act.title, 'bold', 'cyan'),
    ...fill(wrap(scene.act.story, inner), STORY_ROWS),
    '',
    pad(cutTo(`${paint('MEMBERS', 'bold')}  ${membersLegend(scene)}`, left), left + 2) + paint(picture.head, 'bold'),
    ...fill(members, panelRows).map((line, row) => pad(line, left + 2) + (picture.lines[row] ?? '')),
    '',
    paint('WHAT HAPPENS', 'bold'),
    ...fill(
      scene.log.slice(-logRows).map((line) => logLine(line, scene)),
      logRows,
    ),
    paint('Ctrl-C ends the show', 'dim'),
  ];
  return fill(
    lines.map((line) => ` ${cutTo(line, inner)}`),
    size.rows,
  );
}

function headLine(scene: Scene, width: number): string {
  const { paint, record } = scene;
  const head = `${paint('hearsay', 'bold')}  ${record.names.length} real nodes on this machine, one gossip round = ${pace.gossipIntervalMs} ms`;
  const clock = seconds(scene.nowMs - record.startedAtMs);
  return pad(head, width - clock.length - 1) + ` ${clock}`;
}

function logLine(line: LogLine, scene: Scene): string {
  return `${scene.paint(pad(seconds(line.atMs), 7, 'left'), 'dim')}  ${line.text}`;
}

function fill(lines: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => lines[index] ?? '');
}
