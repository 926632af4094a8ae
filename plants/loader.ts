/**
 * Loads what the zone is made of: comes in as YAML files (equipment types, one a file, and one plant file), goes out as a
 * checked Plant. Every mistake found is told at once, with file, path within it and reason, in one PlantFileError;
 * nothing is repaired, guessed or loaded in part.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, parse } from 'node:path';
import { equipmentTypeSchema, type EquipmentType } from '../contract/equipment.ts';
import { mistakesOf, plantSchema, resolvePlant, type Mistake, type Plant, type PlantFile } from '../contract/plant.ts';
import { parseYaml } from './documents.ts';
import type { z } from 'zod';

export interface FileMistake extends Mistake {
  readonly file: string;
}

/** More than this many lines on a terminal help nobody; the rest is counted. */
const mistakesShown = 20;

/** Mistakes in plant or equipment files. The message has one line a mistake: `file: path: reason`. */
export class PlantFileError extends Error {
  readonly mistakes: readonly FileMistake[];

  constructor(mistakes: readonly FileMistake[]) {
    super(messageOf(mistakes));
    this.name = 'PlantFileError';
    this.mistakes = mistakes;
  }
}

/** Every equipment type of the folder by its id, in the order of the file names. Throws a PlantFileError. */
export function loadEquipment(folder: string): ReadonlyMap<string, EquipmentType> {
  const mistakes: FileMistake[] = [];
  const types = readEquipment(folder, mistakes);
  if (mistakes.length > 0) throw new PlantFileError(mistakes);
  return types;
}

/** The plant of a plant file and a folder of equipment types. Throws a PlantFileError. */
export function loadPlant({ plantFile, equipmentFolder }: { plantFile: string; equipmentFolder: string }): Plant {
  const mistakes: FileMistake[] = [];
  const types = readEquipment(equipmentFolder, mistakes);
  const file: PlantFile | null = readDocument(plantFile, plantSchema, mistakes);
  // With a broken type missing, every line of that type would be told as a mistake of the plant's.
  if (file === null || mistakes.length > 0) throw new PlantFileError(mistakes);
  const resolved = resolvePlant(file, types);
  if (resolved.mistakes !== null) throw new PlantFileError(inFile(plantFile, resolved.mistakes));
  return resolved.plant;
}

function readEquipment(folder: string, mistakes: FileMistake[]): Map<string, EquipmentType> {
  const types = new Map<string, EquipmentType>();
  const files = yamlFilesOf(folder, mistakes);
  if (files?.length === 0) mistakes.push({ file: folder, path: '', reason: 'holds no equipment types (*.yaml)' });
  for (const file of files ?? []) {
    const type = readDocument(file, equipmentTypeSchema, mistakes);
    if (type === null) continue;
    const { name } = parse(file);
    if (type.id !== name) mistakes.push({ file, path: 'id', reason: `must be the file's name "${name}", is "${type.id}"` });
    if (types.has(type.id)) mistakes.push({ file, path: 'id', reason: `is the id of another file's type, too: "${type.id}"` });
    types.set(type.id, type);
  }
  return types;
}

function yamlFilesOf(folder: string, mistakes: FileMistake[]): string[] | null {
  try {
    return readdirSync(folder)
      .filter((name) => ['.yaml', '.yml'].includes(extname(name)))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    mistakes.push({ file: folder, path: '', reason: `cannot be read: ${reasonOf(error)}` });
    return null;
  }
}

/** One file, parsed and checked against its schema; null where anything is wrong with it. */
function readDocument<T>(file: string, schema: z.ZodType<T>, mistakes: FileMistake[]): T | null {
  const before = mistakes.length;
  const data = parsedFile(file, mistakes);
  return mistakes.length > before ? null : checked(file, data, schema, mistakes);
}

/** The plain data of one YAML file, not checked yet; null with a mistake where it cannot be read. */
export function parsedFile(file: string, mistakes: FileMistake[]): unknown {
  const text = readText(file, mistakes);
  if (text === null) return null;
  const document = parseYaml(text);
  if (document.mistakes !== null) mistakes.push(...inFile(file, document.mistakes));
  return document.data;
}

/** Data of a file against its schema; null where anything is wrong with it. */
export function checked<T>(file: string, data: unknown, schema: z.ZodType<T>, mistakes: FileMistake[]): T | null {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  mistakes.push(...inFile(file, mistakesOf(result.error)));
  return null;
}

function readText(file: string, mistakes: FileMistake[]): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read: ${reasonOf(error)}`;
    mistakes.push({ file, path: '', reason });
    return null;
  }
}

export function inFile(file: string, mistakes: readonly Mistake[]): FileMistake[] {
  return mistakes.map((mistake) => ({ file, ...mistake }));
}

function messageOf(mistakes: readonly FileMistake[]): string {
  const lines = mistakes
    .slice(0, mistakesShown)
    .map(({ file, path, reason }) => oneLine([file, path, reason].filter((part) => part !== '').join(': ')));
  if (mistakes.length > mistakesShown) lines.push(`… and ${String(mistakes.length - mistakesShown)} more`);
  return lines.join('\n');
}

/** A quoted name may hold anything; the message stays one printable line a mistake, of bounded length. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 400);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
