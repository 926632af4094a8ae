/**
 * Loads who is told of alarms, and over what: comes in as one YAML file and the plant it is for, goes out as a checked Duty. `${NAME}` in it stands for
 * an environment variable, so that secrets need not be in the file. Every mistake is told at once, in one PlantFileError; no secret is ever in one.
 */
import { dutySchema, mistakesOfDuty, type Duty } from '../contract/duty.ts';
import type { Mistake, Plant } from '../contract/plant.ts';
import { checked, inFile, parsedFile, PlantFileError, type FileMistake } from './loader.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function loadDuty(file: string, plant: Plant, environment: Environment): Duty {
  const mistakes: FileMistake[] = [];
  const data = parsedFile(file, mistakes);
  const unresolved: Mistake[] = [];
  const duty = mistakes.length > 0 ? null : checked(file, resolved(data, '', environment, unresolved), dutySchema, mistakes);
  // A value that is missing would only be told a second time, as one of a wrong form.
  if (unresolved.length > 0) throw new PlantFileError(inFile(file, unresolved));
  if (duty !== null) mistakes.push(...inFile(file, mistakesOfDuty(duty, plant)));
  if (duty === null || mistakes.length > 0) throw new PlantFileError(mistakes);
  return duty;
}

/** The same data with the variables' values in the place of their names. */
function resolved(data: unknown, path: string, environment: Environment, mistakes: Mistake[]): unknown {
  if (Array.isArray(data)) return data.map((entry, index) => resolved(entry, `${path}[${String(index)}]`, environment, mistakes));
  if (typeof data === 'object' && data !== null) {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, resolved(value, path === '' ? key : `${path}.${key}`, environment, mistakes)]),
    );
  }
  if (typeof data !== 'string') return data;
  return data.replace(/\$\{(\w*)\}/g, (whole, name: string) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    mistakes.push({ path, reason: `names an environment variable that is not set: ${whole}` });
    return whole;
  });
}
