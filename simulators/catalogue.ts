/**
 * Which simulator plays which equipment type. Comes in: a line with a seed and a schedule. Goes out: its Machine; a type
 * without a simulator of its own gets one made from the type's data.
 */
import { assemblyLine } from './assembly-line.ts';
import { autoclave } from './autoclave.ts';
import { cementMill } from './cement-mill.ts';
import { cleanRoom } from './clean-room.ts';
import { coatingPan } from './coating-pan.ts';
import { coldStore } from './cold-store.ts';
import { embroideryMultihead, embroiderySchiffli } from './embroidery.ts';
import { fermenter } from './fermenter.ts';
import { fluidBed } from './fluid-bed.ts';
import { generic } from './generic.ts';
import { lyophiliser } from './lyophiliser.ts';
import type { Machine, MachineFactory, MachineInput } from './machine.ts';
import { porcelainKiln } from './porcelain-kiln.ts';
import { rotaryKiln } from './rotary-kiln.ts';
import { smtLine } from './smt-line.ts';
import { tabletPress } from './tablet-press.ts';
import { weldingCell } from './welding-cell.ts';

const factories: ReadonlyMap<string, MachineFactory> = new Map([
  ['embroidery-multihead', embroideryMultihead],
  ['embroidery-schiffli', embroiderySchiffli],
  ['tablet-press', tabletPress],
  ['fluid-bed', fluidBed],
  ['coating-pan', coatingPan],
  ['lyophiliser', lyophiliser],
  ['fermenter', fermenter],
  ['autoclave', autoclave],
  ['clean-room', cleanRoom],
  ['cold-store', coldStore],
  ['welding-cell', weldingCell],
  ['assembly-line', assemblyLine],
  ['smt-line', smtLine],
  ['porcelain-kiln', porcelainKiln],
  ['rotary-kiln', rotaryKiln],
  ['cement-mill', cementMill],
]);

export function createMachine(input: MachineInput): Machine {
  return (factories.get(input.line.type.id) ?? generic)(input);
}
